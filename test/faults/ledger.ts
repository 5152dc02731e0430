// Do the books balance? One receipt per call; its attempts add up to its usage and its cost; the metrics say the same.
import assert from 'node:assert/strict';
import type { JsonValue } from '../testkit/json-value.ts';
import type { Gateway } from '../testkit/start-gateway.ts';

const KINDS = ['fresh', 'cache_read', 'cache_write', 'output', 'reasoning'] as const;
/** Nano-dollars per token of every model in these scenes. */
const INPUT = 3_000;
const OUTPUT = 15_000;

export class Ledger {
  readonly #gateway: Pick<Gateway, 'receipts' | 'metrics'>;
  readonly #byId = new Map<string, JsonValue>();
  #read = 0;
  #turnedAway = 0;

  constructor(gateway: Pick<Gateway, 'receipts' | 'metrics'>) {
    this.#gateway = gateway;
  }

  receipt(id: string): JsonValue {
    const found = this.#byId.get(id);
    assert.ok(found !== undefined, `There is no receipt ${id}.`);
    return found;
  }

  /** The newest receipts, as many as were balanced last. */
  last: readonly JsonValue[] = [];

  /**
   * Exactly so many calls have ended since the last time, and all of them are right. Besides, so many were turned away
   * at the door, before it was known what they asked: those are counted, and have no place in the journal.
   */
  async balance(calls: number, turnedAway = 0): Promise<void> {
    const all = this.#gateway.receipts();
    this.last = all.slice(this.#read);
    this.#read = all.length;
    assert.equal(this.last.length, calls, 'each call has one receipt');
    for (const receipt of this.last) {
      assert.ok(!this.#byId.has(receipt.id), `${receipt.id} has two receipts`);
      this.#byId.set(receipt.id, receipt);
      balanced(receipt);
    }
    this.#turnedAway += turnedAway;
    sameAs(await this.#gateway.metrics(), all, this.#turnedAway);
  }
}

function balanced(receipt: JsonValue): void {
  const why = JSON.stringify(receipt);
  const { tokens, attempts = [] } = receipt;
  for (const kind of KINDS) assert.ok(Number.isSafeInteger(tokens[kind]) && tokens[kind] >= 0, why);
  assert.ok(tokens.reasoning <= tokens.output, why);
  for (const { outcome, start_ms, end_ms } of attempts) {
    assert.notEqual(outcome, 'running', why);
    assert.ok(end_ms >= start_ms && end_ms <= receipt.ms.total + 0.02, why);
  }
  assert.equal(receipt.outcome === 'ok', attempts.at(-1)?.outcome === 'ok', why);
  assert.ok(receipt.outcome === 'ok' || receipt.error.code === receipt.outcome, why);
  if (attempts.length > 1) {
    const sums = KINDS.map((kind) =>
      attempts.reduce((sum: number, one: JsonValue) => sum + (one.tokens?.[kind] ?? 0), 0),
    );
    assert.deepEqual(
      sums,
      KINDS.map((kind) => tokens[kind]),
      why,
    );
  }
  const due = (tokens.fresh + tokens.cache_read + tokens.cache_write) * INPUT + tokens.output * OUTPUT;
  assert.equal(Number(receipt.cost_nano), due, why);
  assert.equal(receipt.cost_state, due === 0 ? 'free' : 'priced', why);
}

/** All that was ever counted is what all receipts say. */
function sameAs(
  metrics: ReadonlyMap<string, number>,
  receipts: readonly JsonValue[],
  turnedAway: number,
): void {
  const total = (family: string, label = ''): number => {
    let sum = 0;
    for (const [name, value] of metrics)
      if (name.startsWith(`${family}{`) && name.includes(label)) sum += value;
    return sum;
  };
  assert.equal(total('signalbox_calls_total'), receipts.length + turnedAway);
  for (const kind of KINDS) {
    const told = receipts.reduce((sum, { tokens }) => sum + tokens[kind], 0);
    assert.equal(total('signalbox_tokens_total', `kind="${kind}"`), told, kind);
  }
  const cost = receipts.reduce((sum, { cost_nano }) => sum + Number(cost_nano), 0);
  assert.equal(Math.round(total('signalbox_cost_dollars_total') * 1e9), cost);
}
