// Whose files and batches these are, and which upstream holds them. All tenants share the upstream's account, so
// nothing is said or done about an id that is not on record for the tenant who asks.
import { GatewayError } from '../canonical/errors.ts';
import type { HeldKind } from '../canonical/held.ts';
import type { TenantId } from '../canonical/ids.ts';
import type { JsonObject } from '../canonical/json.ts';
import { OWNERS } from '../flow/admit/held-files.ts';
import type { Clock, KeptRecord, Records } from '../ports.ts';

/** The calls in a file, as they were when it was uploaded and checked. */
export interface CheckedCalls {
  /** Path of all of them. */
  readonly endpoint: string;
  /** Models by the names that the callers used, and by the upstream's. */
  readonly models: readonly string[];
  readonly upstreamModels: readonly string[];
}

export interface HeldFile {
  readonly upstream: string;
  /** As the upstream described it last. */
  readonly object: JsonObject;
  readonly calls?: CheckedCalls;
}

export interface HeldBatch {
  readonly upstream: string;
  readonly object: JsonObject;
  readonly models: readonly string[];
  readonly upstreamModels: readonly string[];
  /** Nothing more happens to it, and what it used is in a receipt. */
  readonly over: boolean;
}

interface Held {
  readonly file: HeldFile;
  readonly batch: HeldBatch;
}

export interface Kept<Value> {
  readonly id: string;
  readonly created: number;
  readonly expires: number;
  readonly value: Value;
}

const DAY = 86_400_000;
/** Files stay until they are deleted. Batches cannot be; nobody asks for one after a year. */
const FOR_GOOD = 36_500 * DAY;
const lives: Readonly<Record<HeldKind, number>> = { file: FOR_GOOD, batch: 366 * DAY };
const READ_AT_ONCE = 100;

/** Of the records of a process, whichever gateway of it asks. */
const queues = new WeakMap<Records, Map<string, Promise<unknown>>>();

export class Custody {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #queues: Map<string, Promise<unknown>>;

  constructor(records: Records, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
    this.#queues = queues.get(records) ?? new Map();
    queues.set(records, this.#queues);
  }

  /** Rejects with `not_found` for what is unknown and for what is another tenant's, in the same words. */
  async get<Kind extends HeldKind>(kind: Kind, tenant: TenantId, id: string): Promise<Kept<Held[Kind]>> {
    const kept = await this.find(kind, tenant, id);
    if (kept === undefined) throw notFound(kind, id);
    return kept;
  }

  async find<Kind extends HeldKind>(
    kind: Kind,
    tenant: TenantId,
    id: string,
  ): Promise<Kept<Held[Kind]> | undefined> {
    const record = await this.#records.get(kind, tenant, id).catch(notNow);
    return record === undefined ? undefined : parsed<Held[Kind]>(record);
  }

  /** `earlier`: what was kept of it before keeps its place in lists. */
  async put<Kind extends HeldKind>(
    kind: Kind,
    tenant: TenantId,
    entry: { readonly id: string; readonly expires: number | undefined; readonly value: Held[Kind] },
    earlier?: Kept<Held[Kind]>,
  ): Promise<void> {
    const created = earlier?.created ?? this.#clock.wall();
    const expires = entry.expires ?? created + lives[kind];
    const record = { id: entry.id, created, expires };
    if (kind === 'file') await this.#records.put(kind, OWNERS, { ...record, value: tenant }).catch(notNow);
    await this.#records.put(kind, tenant, { ...record, value: JSON.stringify(entry.value) }).catch(notNow);
  }

  /** True for one asker of all there ever are, in whatever process. */
  isFirst(tenant: TenantId, { id, expires }: Kept<HeldBatch>): Promise<boolean> {
    const record = { id, created: this.#clock.wall(), expires, value: '' };
    return this.#records.putNew('billed', tenant, record).catch(notNow);
  }

  async remove(tenant: TenantId, id: string): Promise<void> {
    await this.#records.remove('file', tenant, id).catch(notNow);
    const owner = await this.#records.get('file', OWNERS, id).catch(notNow);
    if (owner?.value === tenant) await this.#records.remove('file', OWNERS, id).catch(notNow);
  }

  /** Newest first; more than `limit` if there are more. */
  async list<Kind extends HeldKind>(
    kind: Kind,
    tenant: TenantId,
    page: { readonly limit: number; readonly after: string | undefined },
    wanted: (value: Held[Kind]) => boolean,
  ): Promise<readonly Kept<Held[Kind]>[]> {
    const found: Kept<Held[Kind]>[] = [];
    let { after } = page;
    for (;;) {
      const asked = { limit: READ_AT_ONCE, ...(after === undefined ? {} : { after }) };
      const records = await this.#records.list(kind, tenant, asked).catch(notNow);
      if (records === undefined) throw lostPlace(kind, after ?? '');
      found.push(...records.map((record) => parsed<Held[Kind]>(record)).filter(({ value }) => wanted(value)));
      if (found.length > page.limit || records.length < READ_AT_ONCE) return found;
      after = records.at(-1)?.id;
    }
  }

  /** One after the other, for what is read, changed and written by this process. */
  async alone<Value>(tenant: TenantId, id: string, task: () => Promise<Value>): Promise<Value> {
    const key = JSON.stringify([tenant, id]);
    const before = this.#queues.get(key);
    const mine = before === undefined ? task() : before.then(task, task);
    this.#queues.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#queues.get(key) === mine) this.#queues.delete(key);
    }
  }
}

export function notFound(kind: HeldKind, id: string): GatewayError {
  const shown = id.length > 80 ? `${id.slice(0, 80)}…` : id;
  return new GatewayError('not_found', `There is no ${kind} "${shown}".`, {
    param: 'id',
    remedy: `GET /v1/${kind === 'file' ? 'files' : 'batches'} lists those there are.`,
  });
}

function lostPlace(kind: HeldKind, id: string): GatewayError {
  const shown = id.length > 80 ? `${id.slice(0, 80)}…` : id;
  return new GatewayError('bad_request', `There is no ${kind} "${shown}" after which the list could go on.`, {
    param: 'after',
    remedy: 'Ask for the list from its beginning.',
  });
}

function parsed<Value>({ id, created, expires, value }: KeptRecord): Kept<Value> {
  try {
    return { id, created, expires, value: JSON.parse(value) as Value };
  } catch (cause) {
    throw new GatewayError('store_down', `What is kept of "${id}" cannot be read.`, { cause });
  }
}

function notNow(cause: unknown): never {
  const remedy = 'Try again shortly.';
  throw new GatewayError('store_down', 'Whose files and batches these are cannot be read at the moment.', {
    remedy,
    cause,
  });
}
