// Slots of one upstream or several, with a clock that stands still, and calls that ask for them.

import type { Priority } from '../../src/canonical/caller.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { Operation } from '../../src/canonical/protocol.ts';
import type { Concurrency, QueueOptions } from '../../src/flow/dispatch/options.ts';
import {
  createSlots,
  type GateRule,
  type Slot,
  type SlotReading,
  type Slots,
} from '../../src/flow/dispatch/slots/slots.ts';
import type { Planned, SelectorName, Target } from '../../src/flow/stage.ts';
import { Cancel } from '../../src/lib/cancel.ts';
import { FakeClock, fakeCaller, fakePlanned, fakeTarget, fakeUpstream, fakeVirtual } from './flow-doubles.ts';

interface Rule {
  readonly concurrency: Concurrency;
  readonly queue?: QueueOptions;
  readonly place?: string;
}

interface Wish {
  readonly upstream?: string;
  readonly stream?: boolean;
  readonly operation?: Operation;
  readonly priority?: Priority | undefined;
  readonly modelPriority?: Priority | undefined;
  readonly select?: SelectorName;
  readonly spill?: boolean | undefined;
  /** The caller has gone before the call gets here. */
  readonly left?: boolean;
}

export interface Asking {
  readonly call: Planned;
  readonly cancel: Cancel;
  /** What `enter` said. */
  readonly now: ReturnType<Slots['enter']>;
  /** In the end; throws if it came to the other. */
  slot(): Promise<Slot>;
  error(): Promise<GatewayError>;
}

export function scene(rule: Rule, names: readonly string[] = ['gpu']) {
  const clock = new FakeClock();
  const slots = createSlots({ clock, ticker: clock });
  const arrange = (changed: Rule): void => slots.arrange(names.map((name) => ruleOf(name, changed)));
  arrange(rule);
  const targets = names.map((name) => fakeTarget('m', { upstream: fakeUpstream({ name }) }));
  const ask = (tenant: string, wish: Wish = {}): Asking => {
    const call = callOf(tenant, wish, clock);
    const target = targets.find(({ upstream }) => upstream.name === (wish.upstream ?? names[0]));
    const cancel = new Cancel();
    if (wish.left === true) cancel.request('the caller left');
    const now = slots.enter(call, target ?? fakeTarget('m'), cancel);
    return { call, cancel, now, slot: () => slotOf(now), error: () => errorOf(now) };
  };
  const reading = (): SlotReading | undefined =>
    slots.readings().find(({ upstream }) => upstream === names[0]);
  return { clock, slots, arrange, targets: targets as readonly Target[], ask, reading };
}

function ruleOf(upstream: string, { concurrency, queue, place = 'here' }: Rule): GateRule {
  return { upstream, place, concurrency, queue: queue ?? { length: 100, wait: 60_000 } };
}

function callOf(tenant: string, wish: Wish, clock: FakeClock): Planned {
  const { stream = false, operation = 'chat', priority, modelPriority, select = 'priority', spill } = wish;
  const body = { model: 'fast', stream, messages: [{ role: 'user', content: 'Hello' }] };
  const virtual = fakeVirtual({ select, spill, priority: modelPriority });
  const caller = { ...fakeCaller({ tenant }), priority };
  return fakePlanned({ body, operation, virtual, caller, clock });
}

async function slotOf(now: Asking['now']): Promise<Slot> {
  const outcome = await now;
  if (outcome instanceof GatewayError) throw outcome;
  return outcome;
}

async function errorOf(now: Asking['now']): Promise<GatewayError> {
  const outcome = await now;
  if (outcome instanceof GatewayError) return outcome;
  throw new Error('There was a slot.');
}
