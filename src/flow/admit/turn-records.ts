// Stage admit: turns as records. A turn holds its own items and its reply; earlier ones are reached by its id of
// the turn before, so a long conversation is kept once, not once per turn.
import { GatewayError } from '../../canonical/errors.ts';
import type { TenantId } from '../../canonical/ids.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { KeptTurns, TurnDialect } from '../../canonical/turns.ts';
import { hexDigest } from '../../lib/digest.ts';
import type { Clock, KeptRecord, RecordKind, Records } from '../../ports.ts';

/** A turn beyond this is not kept: going on from it would not be taken either. */
const MOST_KEPT = 32 * 1024 * 1024;
/** Items of one reply that can be pointed to. */
const MOST_ITEMS = 1_000;

export interface TurnRecord {
  readonly previous: string | null;
  /** By the name the caller used. */
  readonly model: string;
  readonly upstream: string;
  /** Do its items or its reply hold something that only `upstream` can open? */
  readonly sealed: boolean;
  readonly items: readonly Json[];
  readonly reply: JsonObject;
}

export interface KeepParts {
  readonly records: Records;
  readonly clock: Clock;
  readonly tenant: TenantId;
  readonly dialect: TurnDialect;
  /** Milliseconds. */
  readonly life: number;
  /** Bytes that a tenant's turns may take up together. */
  readonly maxKept: number;
}

/** `sealed`: of the items alone. */
export type TurnFacts = Omit<TurnRecord, 'reply'>;

/**
 * Keeps who sealed what is sealed in the reply, and the turn itself where the caller wants that. Resolves with the
 * reason why such a turn is not kept.
 */
export async function keepTurn(
  ending: string,
  facts: TurnFacts | undefined,
  upstream: string,
  parts: KeepParts,
): Promise<string | undefined> {
  const { records, tenant, dialect, maxKept } = parts;
  const reply = dialect.replyIn(ending);
  if (reply === undefined) return facts === undefined ? undefined : 'the reply has no id';
  const seals = dialect.sealsIn(reply);
  const kept: [RecordKind, KeptRecord][] = [];
  for (const seal of seals) kept.push(['seal', lasting(hexDigest(seal), upstream, parts)]);
  const turn = facts === undefined ? [] : turnRecords(reply, facts, seals.length > 0, parts);
  if (typeof turn !== 'string') kept.push(...turn);
  if (kept.length > 0) await records.putAll(tenant, kept, maxKept);
  return typeof turn === 'string' ? turn : undefined;
}

function turnRecords(
  reply: JsonObject,
  facts: TurnFacts,
  sealed: boolean,
  parts: KeepParts,
): readonly [RecordKind, KeptRecord][] | string {
  const { id } = reply;
  if (typeof id !== 'string') return 'the reply has no id';
  const shown = { ...reply, store: true, previous_response_id: facts.previous };
  const value = JSON.stringify({ ...facts, sealed: facts.sealed || sealed, reply: shown });
  const size = Buffer.byteLength(value);
  const most = Math.min(MOST_KEPT, parts.maxKept);
  if (size > most) return `the turn has ${size} bytes, and ${most} are kept at most`;
  const names = parts.dialect.itemsOf(reply).flatMap((item) => asString(asObject(item)?.['id']) ?? []);
  // Callers point to what they were given; their own items they have.
  const items = names.slice(0, MOST_ITEMS).map((name) => ['item', lasting(name, id, parts)] as const);
  return [
    ...items.map(([kind, record]): [RecordKind, KeptRecord] => [kind, record]),
    ['turn', lasting(id, value, parts)],
  ];
}

/** For pages: the turns of a tenant, and nobody else's. */
export function keptTurns(records: Records, tenant: TenantId): KeptTurns {
  return {
    async find(id) {
      const record = await records.get('turn', tenant, id).catch(notNow);
      return record === undefined ? undefined : parseTurn(record);
    },
    remove: (id) => records.remove('turn', tenant, id).catch(notNow),
  };
}

function notNow(cause: unknown): never {
  const remedy = 'Try again shortly.';
  throw new GatewayError('store_down', 'What is kept cannot be read at the moment.', { remedy, cause });
}

export function parseTurn({ id, value }: KeptRecord): TurnRecord {
  try {
    return JSON.parse(value) as TurnRecord;
  } catch (cause) {
    throw new GatewayError('store_down', `The kept reply "${id}" cannot be read.`, { cause });
  }
}

function lasting(id: string, value: string, { clock, life }: KeepParts): KeptRecord {
  const now = clock.wall();
  return { id, value, created: now, expires: now + life };
}
