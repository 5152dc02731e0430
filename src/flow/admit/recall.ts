// Stage admit: a call that goes on from kept turns gets their items, and is from then on a call like any other.
// What an upstream has sealed binds the call to it. What is not among the tenant's own records is refused.
import type { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { TenantId } from '../../canonical/ids.ts';
import type { Json } from '../../canonical/json.ts';
import type { TurnDialect, TurnWish } from '../../canonical/turns.ts';
import { hexDigest } from '../../lib/digest.ts';
import { scanObject } from '../../lib/json-scan.ts';
import type { KeptRecord, RecordKind, Records } from '../../ports.ts';
import { parseTurn, type TurnRecord } from './turn-records.ts';

/** More turns than people have; a chain that bit its own tail would be as long as it is asked for. */
const MOST_TURNS = 1_000;
/** Kept items and seals that one call may point to: each is looked up by itself. */
const MOST_LOOKUPS = 200;
/** Of what a call may have: turns are read whole, even for one item of theirs. */
const READ_AT_MOST = 2;

export interface RecallParts {
  readonly records: Records;
  readonly tenant: TenantId;
  readonly dialect: TurnDialect;
  /** Bytes a call may have, its history included. */
  readonly maxBytes: number;
}

export interface Recalled {
  readonly wire: CallWire;
  /** The call's own items, references made good: what is kept of it must not lead back to itself. */
  readonly items: readonly Json[];
  /** The upstreams that have sealed something in here; undefined: somebody unknown has. */
  readonly sealers: ReadonlySet<string | undefined>;
}

export async function recall(wire: CallWire, wish: TurnWish, parts: RecallParts): Promise<Recalled> {
  const { dialect, maxBytes } = parts;
  const reader = new TurnReader(parts);
  const seals = new Set(wish.seals);
  checkCount(new Set(wish.references).size, 'kept items');
  checkCount(seals.size, 'sealed items');
  const turns = wish.previous === undefined ? [] : await chainTo(wish.previous, reader);
  const before = turns.flatMap((turn) => [...turn.items, ...dialect.itemsOf(turn.reply)]);
  const own =
    wish.references.length === 0
      ? { items: wish.items, turns: [] }
      : await dereference(wish, before, reader, dialect);
  const sealers = new Set<string | undefined>();
  for (const turn of [...turns, ...own.turns]) if (turn.sealed) sealers.add(turn.upstream);
  for (const seal of seals) sealers.add(await sealerOf(seal, parts));
  const isWhole = wish.previous === undefined && wish.references.length === 0;
  const items = isWhole ? undefined : [...before, ...own.items];
  const whole = wire.with(dialect.whole(wire, items), (bytes) => scanObject(bytes, Number.POSITIVE_INFINITY));
  if (whole.bytes.length > maxBytes) throw tooLong(whole.bytes.length, maxBytes);
  return { wire: whole, items: own.items, sealers };
}

interface Dereferenced {
  readonly items: readonly Json[];
  /** The turns that items were taken from. */
  readonly turns: readonly TurnRecord[];
}

/** What is in the history already is not said twice. */
async function dereference(
  wish: TurnWish,
  before: readonly Json[],
  reader: TurnReader,
  dialect: TurnDialect,
): Promise<Dereferenced> {
  const known = new Set(before.map(idOf));
  const items: Json[] = [];
  const turns: TurnRecord[] = [];
  for (const item of wish.items) {
    const id = dialect.referenceOf(item);
    if (id === undefined) items.push(item);
    else if (!known.has(id)) {
      const turn = await reader.turnWith(id);
      known.add(id);
      turns.push(turn);
      items.push(itemIn(turn, id, dialect));
    }
  }
  return { items, turns };
}

/** Reads each turn once, and no more of them than would fit into a call anyway. */
class TurnReader {
  readonly #parts: RecallParts;
  readonly #turns = new Map<string, TurnRecord>();
  #size = 0;

  constructor(parts: RecallParts) {
    this.#parts = parts;
  }

  async turn(id: string): Promise<TurnRecord | undefined> {
    const known = this.#turns.get(id);
    if (known !== undefined) return known;
    const record = await read('turn', id, this.#parts);
    if (record === undefined) return undefined;
    this.#size += record.value.length;
    const most = READ_AT_MOST * this.#parts.maxBytes;
    if (this.#size > most) throw tooLong(this.#size, this.#parts.maxBytes);
    const turn = parseTurn(record);
    this.#turns.set(id, turn);
    return turn;
  }

  async turnWith(item: string): Promise<TurnRecord> {
    const pointer = await read('item', item, this.#parts);
    const turn = pointer === undefined ? undefined : await this.turn(pointer.value);
    if (turn === undefined) throw lostItem(item);
    return turn;
  }
}

/** Oldest first. */
async function chainTo(last: string, reader: TurnReader): Promise<readonly TurnRecord[]> {
  const turns: TurnRecord[] = [];
  for (let id: string | null = last; id !== null; ) {
    const turn = await reader.turn(id);
    if (turn === undefined || turns.length >= MOST_TURNS) throw lost(last, id);
    turns.push(turn);
    id = turn.previous;
  }
  return turns.reverse();
}

function itemIn(turn: TurnRecord, id: string, dialect: TurnDialect): Json {
  const found = dialect.itemsOf(turn.reply).find((item) => idOf(item) === id);
  if (found === undefined) throw lostItem(id);
  return found;
}

/** Undefined: it was not sealed for this tenant, or so long ago that it is forgotten. */
async function sealerOf(seal: string, parts: RecallParts): Promise<string | undefined> {
  return (await read('seal', hexDigest(seal), parts))?.value;
}

async function read(kind: RecordKind, id: string, parts: RecallParts): Promise<KeptRecord | undefined> {
  try {
    return await parts.records.get(kind, parts.tenant, id);
  } catch (cause) {
    throw new GatewayError('store_down', 'What the call goes on from cannot be read at the moment.', {
      remedy: 'Try again shortly, or send all of the conversation.',
      cause,
    });
  }
}

export function idOf(item: Json): string | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  return typeof item.id === 'string' ? item.id : undefined;
}

function lost(asked: string, missing: string): GatewayError {
  const what =
    asked === missing
      ? `There is no reply "${asked}" here.`
      : `The reply "${asked}" goes on from "${missing}", which is not here any more.`;
  return new GatewayError('turn_not_found', what, {
    param: 'previous_response_id',
    remedy:
      'It was not made with a key of this tenant, not kept, deleted, or has expired. Send all items instead.',
  });
}

function checkCount(count: number, what: string): void {
  if (count <= MOST_LOOKUPS) return;
  throw new GatewayError(
    'bad_request',
    `The call points to ${count} ${what}; ${MOST_LOOKUPS} are looked up at most.`,
    {
      param: 'input',
      remedy: 'Go on from the last reply with `previous_response_id`, which says it all at once.',
    },
  );
}

function lostItem(id: string): GatewayError {
  return new GatewayError('bad_request', `There is no item "${id}" here.`, {
    param: 'input',
    remedy: 'It was not made with a key of this tenant, not kept, or has expired. Send the item itself.',
  });
}

function tooLong(size: number, most: number): GatewayError {
  return new GatewayError(
    'body_too_large',
    `With its history the call has ${size} bytes; ${most} are taken here.`,
    {
      param: 'previous_response_id',
      remedy: 'Begin anew with a summary, or raise listen.max_body.',
    },
  );
}
