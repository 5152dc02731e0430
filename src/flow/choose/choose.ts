// Stage choose: the targets of a call's model in the order in which they are to be tried, and why.
import { GatewayError } from '../../canonical/errors.ts';
import type { ChoiceNote } from '../../canonical/receipt.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { Clock, Random, TokenCounter } from '../../ports.ts';
import type { Admitted, End, Planned, SelectorName, Stage, Target, VirtualModel } from '../stage.ts';
import { countOnce, isNearWindow, type Misfit, misfitOf, misfitReason, tooLong } from './context.ts';
import { createLeastLoad } from './least-load.ts';
import { createPriority } from './priority.ts';
import { createRoundRobin } from './round-robin.ts';
import type { Selector } from './selector.ts';
import { createWeighted } from './weighted.ts';

export interface ChooseParts {
  readonly random: Random;
  /** For strategies that go by the past; those there are go by weight and by load. */
  readonly clock: Clock;
  /** For calls near a window. */
  readonly tokenizer?: TokenCounter | undefined;
}

type Create = (targets: readonly Target[], parts: ChooseParts) => Selector;

const strategies: Readonly<Record<SelectorName, Create>> = {
  priority: () => createPriority(),
  weighted: (targets, { random }) => createWeighted(targets, random),
  'round-robin': (targets, { random }) => createRoundRobin(targets, random),
  'least-load': () => createLeastLoad(),
};

export function choose(parts: ChooseParts): Stage<Admitted, Planned> {
  // A changed config has new models: what was remembered about the old ones goes with them.
  const chosen = new WeakMap<VirtualModel, Chooser>();
  return (next) => (call, to) => {
    const { virtual } = call;
    if (virtual.targets.length === 0) return Promise.resolve(noTarget(virtual));
    let chooser = chosen.get(virtual);
    if (chooser === undefined) {
      chooser = new Chooser(virtual, parts);
      chosen.set(virtual, chooser);
    }
    const order = chooser.order(call);
    const targets =
      call.pin === undefined ? order : order.filter(({ upstream }) => upstream.name === call.pin);
    call.receipt.choices = chooser.notes(targets);
    if (mustWeigh(call, targets)) {
      return weigh(call, targets, chooser, parts, (fitting) => next(planned(call, fitting), to));
    }
    return next(planned(call, targets), to);
  };
}

/** What has no window to fill is not measured by it. */
function mustWeigh(call: Admitted, targets: readonly Target[]): boolean {
  if (call.operation !== 'chat' && call.operation !== 'complete') return false;
  return targets.some((target) => isNearWindow(call, target)) && call.face.setsWindow?.(call.wire) !== true;
}

/** Leaves out the targets that the call cannot fit, each with its reason. */
async function weigh(
  call: Admitted,
  targets: readonly Target[],
  chooser: Chooser,
  { tokenizer }: ChooseParts,
  next: (fitting: readonly Target[]) => Promise<End>,
): Promise<End> {
  const count = countOnce(call, tokenizer);
  const misfits: Misfit[] = [];
  for (const target of targets) {
    const misfit = isNearWindow(call, target) ? await misfitOf(call, target, count) : undefined;
    if (misfit !== undefined) misfits.push(misfit);
  }
  if (misfits.length === 0) return next(targets);
  const fitting = targets.filter((target) => !misfits.some((misfit) => misfit.target === target));
  const dropped = misfits.map((misfit) => ({ target: misfit.target.label, reason: misfitReason(misfit) }));
  call.receipt.choices = [...chooser.notes(fitting), ...dropped];
  if (fitting.length > 0) return next(fitting);
  return { ok: false, error: tooLong(misfits), started: false, usage: noUsage };
}

/** One model's strategy, with the words for the receipt prepared. */
class Chooser {
  readonly #targets: readonly Target[];
  readonly #selector: Selector;
  readonly #first = new Map<Target, ChoiceNote>();
  readonly #later = new Map<Target, ChoiceNote>();

  constructor(virtual: VirtualModel, parts: ChooseParts) {
    this.#targets = virtual.targets;
    this.#selector = strategies[virtual.select](virtual.targets, parts);
    for (const target of virtual.targets) {
      const { first, later } = this.#selector.reasons(target);
      const only = virtual.targets.length === 1;
      this.#first.set(target, { target: target.label, reason: only ? 'the only target' : first });
      this.#later.set(target, { target: target.label, reason: later });
    }
  }

  order(call: Admitted): readonly Target[] {
    return this.#targets.length === 1 ? this.#targets : this.#selector.order(call, this.#targets);
  }

  notes(order: readonly Target[]): readonly ChoiceNote[] {
    const notes: ChoiceNote[] = [];
    for (const target of order) {
      const note = (notes.length === 0 ? this.#first : this.#later).get(target);
      if (note !== undefined) notes.push(note);
    }
    return notes;
  }
}

function planned(call: Admitted, targets: readonly Target[]): Planned {
  return {
    id: call.id,
    face: call.face,
    operation: call.operation,
    wire: call.wire,
    model: call.model,
    stream: call.stream,
    headers: call.headers,
    peer: call.peer,
    receipt: call.receipt,
    caller: call.caller,
    virtual: call.virtual,
    pin: call.pin,
    strict: call.strict,
    targets,
  };
}

function noTarget(virtual: VirtualModel): End {
  const error = new GatewayError('no_target', `The model "${virtual.name}" leads to no target.`, {
    param: 'model',
    remedy: 'Use another model, or ask the operator to give this one a target.',
  });
  return { ok: false, error, started: false, usage: noUsage };
}
