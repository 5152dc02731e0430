// Records in memory, for tests of what is kept: they expire by the clock they are given, and break on demand.
import type { TenantId } from '../../src/canonical/ids.ts';
import type { Clock, KeptRecord, RecordKind, RecordPage, Records } from '../../src/ports.ts';

export class MemoryRecords implements Records {
  /** Set: every question and every record is refused with it. */
  failure: Error | undefined = undefined;
  readonly #kept = new Map<string, KeptRecord>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `kind/tenant/id` of everything there. */
  get keys(): readonly string[] {
    return [...this.#kept.keys()];
  }

  async put(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<void> {
    this.#check();
    this.#kept.set(keyOf(kind, tenant, record.id), record);
  }

  async putAll(
    tenant: TenantId,
    records: readonly (readonly [kind: RecordKind, record: KeptRecord])[],
  ): Promise<void> {
    this.#check();
    for (const [kind, record] of records) this.#kept.set(keyOf(kind, tenant, record.id), record);
  }

  async putNew(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<boolean> {
    if ((await this.get(kind, tenant, record.id)) !== undefined) return false;
    await this.put(kind, tenant, record);
    return true;
  }

  async get(kind: RecordKind, tenant: TenantId, id: string): Promise<KeptRecord | undefined> {
    this.#check();
    const record = this.#kept.get(keyOf(kind, tenant, id));
    return record !== undefined && record.expires > this.#clock.wall() ? record : undefined;
  }

  async list(
    kind: RecordKind,
    tenant: TenantId,
    { limit, after }: RecordPage,
  ): Promise<readonly KeptRecord[] | undefined> {
    this.#check();
    const mine = [...this.#kept].filter(([key]) => key.startsWith(keyOf(kind, tenant, '')));
    const order = mine.map(([, record]) => record).reverse();
    const from = after === undefined ? 0 : order.findIndex(({ id }) => id === after) + 1;
    if (after !== undefined && from === 0) return undefined;
    return order.slice(from, from + limit);
  }

  async remove(kind: RecordKind, tenant: TenantId, id: string): Promise<boolean> {
    this.#check();
    return this.#kept.delete(keyOf(kind, tenant, id));
  }

  close(): void {
    this.failure = new Error('closed');
  }

  #check(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

function keyOf(kind: RecordKind, tenant: TenantId, id: string): string {
  return `${kind}/${tenant}/${id}`;
}
