// Random arrivals, departures, cancellations and reloads: whatever happens, no slot is given twice or lost, and everybody
// is served or told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../../../test/testkit/flow-doubles.ts';
import { seededRandom } from '../../../../test/testkit/seeded-random.ts';
import { type Asking, scene } from '../../../../test/testkit/slots-scene.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import type { Slot } from './slots.ts';

const SEEDS = 60;
const STEPS = 300;
const TENANTS = ['a', 'b', 'c', 'd'];
const PRIORITIES = ['high', 'normal', 'low'] as const;

class Trial {
  readonly #random: () => number;
  readonly #scene = scene({ concurrency: 3, queue: { length: 8, wait: 2_000 } });
  readonly #waiting = new Set<Asking>();
  readonly #holding = new Map<Asking, Slot>();
  #limit = 3;
  #length = 8;
  ended = 0;
  asked = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  async step(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.45) this.#arrive();
    else if (dice < 0.75) this.#depart();
    else if (dice < 0.85) this.#pick([...this.#waiting])?.cancel.request('the caller left');
    else if (dice < 0.95) this.#scene.clock.advance(Math.floor(this.#random() * 800));
    else if (dice < 0.99) this.#reload();
    else this.#scene.slots.dismiss('gpu', new GatewayError('upstream_refused', 'It is down.'));
    await settled();
    this.#check();
  }

  #pick<Thing>(of: readonly Thing[]): Thing | undefined {
    return of[Math.floor(this.#random() * of.length)];
  }

  #arrive(): void {
    const asking = this.#scene.ask(this.#pick(TENANTS) ?? 'a', { priority: this.#pick(PRIORITIES) });
    this.asked += 1;
    const { now } = asking;
    if (!(now instanceof Promise)) {
      this.#settle(asking, now);
      return;
    }
    this.#waiting.add(asking);
    void now.then((outcome) => {
      assert.ok(this.#waiting.delete(asking), 'served and told only once');
      this.#settle(asking, outcome);
    });
  }

  #settle(asking: Asking, outcome: Slot | GatewayError): void {
    if (outcome instanceof GatewayError) this.ended += 1;
    else this.#holding.set(asking, outcome);
  }

  #depart(): void {
    const leaving = this.#pick([...this.#holding.keys()]);
    if (leaving === undefined) return;
    const slot = this.#holding.get(leaving);
    this.#holding.delete(leaving);
    this.ended += 1;
    const before = [...this.#waiting];
    const held = this.#heldBy();
    slot?.leave(leaving.call);
    const served = before.filter((one) => one.call.receipt.queued?.[0]?.outcome === 'served');
    if (served.length === 1) this.#checkFair(served[0] as Asking, before, held);
  }

  #heldBy(): ReadonlyMap<string, number> {
    const held = new Map<string, number>();
    for (const { call } of this.#holding.keys()) {
      held.set(call.caller.tenant, (held.get(call.caller.tenant) ?? 0) + 1);
    }
    return held;
  }

  #checkFair(served: Asking, before: readonly Asking[], held: ReadonlyMap<string, number>): void {
    const { tenant, priority } = served.call.caller;
    for (const { call } of before) {
      if (call.caller.priority !== priority) continue;
      assert.ok((held.get(tenant) ?? 0) <= (held.get(call.caller.tenant) ?? 0), 'who holds least is next');
    }
  }

  #reload(): void {
    this.#limit = 1 + Math.floor(this.#random() * 5);
    this.#length = Math.floor(this.#random() * 10);
    this.#scene.arrange({ concurrency: this.#limit, queue: { length: this.#length, wait: 2_000 } });
  }

  #check(): void {
    const reading = this.#scene.reading();
    assert.ok(reading !== undefined);
    assert.equal(reading.limit, this.#limit);
    assert.equal(reading.used, this.#holding.size, 'every slot in use is somebody’s');
    assert.equal(reading.waiting, this.#waiting.size, 'everybody in the queue is somebody');
    assert.ok(reading.waiting === 0 || reading.used >= reading.limit, 'nobody waits while there is room');
    assert.equal(this.asked, this.ended + this.#waiting.size + this.#holding.size);
  }

  async finish(): Promise<void> {
    while (this.#holding.size > 0) {
      this.#depart();
      await settled();
    }
    this.#check();
    assert.equal(this.#waiting.size, 0);
    assert.equal(this.ended, this.asked);
  }
}

test('no slot is given twice or lost, nobody is forgotten, and who holds least is next', async () => {
  let most = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const trial = new Trial(seed);
    for (let i = 0; i < STEPS; i += 1) await trial.step();
    await trial.finish();
    most = Math.max(most, trial.asked);
  }
  assert.ok(most > STEPS / 3, 'something happened');
});
