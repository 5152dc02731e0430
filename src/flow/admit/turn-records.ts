// Stage admit: turns as records. A turn holds its own items and its reply; earlier ones are reached by its id of
// the turn before, so a long conversation is kept once, not once per turn.
import { GatewayError } from '../../canonical/errors.ts';
import type { TenantId } from '../../canonical/ids.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { KeptTurns, TurnDialect } from '../../canonical/turns.ts';
import { hexDigest } from '../../lib/digest.ts';
import type { Clock, KeptRecord, Records } from '../../ports.ts';

/** A turn beyond this is not kept: going on from it would not be taken either. */
const MOST_KEPT = 32 * 1024 * 1024;

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
}

/** `sealed`: of the items alone. */
export type TurnFacts = Omit<TurnRecord, 'reply'>;

/** Keeps who sealed what is sealed in the reply, and the turn itself where the caller wants that. */
export async function keepTurn(
  ending: string,
  facts: TurnFacts | undefined,
  upstream: string,
  parts: KeepParts,
): Promise<void> {
  const { records, tenant, dialect } = parts;
  const reply = dialect.replyIn(ending);
  if (reply === undefined) return;
  const seals = dialect.sealsIn(reply);
  for (const seal of seals) await records.put('seal', tenant, lasting(hexDigest(seal), upstream, parts));
  if (facts === undefined || typeof reply['id'] !== 'string') return;
  const kept = { ...reply, store: true, previous_response_id: facts.previous };
  const value = JSON.stringify({ ...facts, sealed: facts.sealed || seals.length > 0, reply: kept });
  if (value.length > MOST_KEPT) return;
  const { id } = reply;
  for (const item of [...facts.items, ...dialect.itemsOf(reply)]) {
    const name = asObject(item)?.['id'];
    if (typeof name === 'string') await records.put('item', tenant, lasting(name, id, parts));
  }
  // Last: who finds the turn finds all of it.
  await records.put('turn', tenant, lasting(id, value, parts));
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
