// A second attempt beside the first, when that takes longer than nearly all did before. Whose answer begins first is
// the answer; the other is let go in the same tick, and what it cost is the call's as well.
import { GatewayError } from '../../canonical/errors.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import { noUsage, type Usage, usageSum } from '../../canonical/usage.ts';
import { Cancel } from '../../lib/cancel.ts';
import type { Head, Planned, Receiver, VirtualModel } from '../stage.ts';
import type { Outcome } from './attempt.ts';
import type { Itinerary, Step } from './itinerary.ts';
import type { Pauses } from './pauses.ts';

/** An attempt under way. */
export interface Trial {
  /** The call's answer is this one's: that goes on record. */
  claim(): void;
}

export type Try = (step: Step, to: Receiver, begun: (trial: Trial) => void) => Promise<Outcome>;

interface Tried {
  readonly step: Step;
  readonly outcome: Outcome;
}

export interface Raced {
  readonly tried: readonly Tried[];
  /** Whose answer is the call's, or who failed last. */
  readonly last: Outcome;
  /** Of all of them. */
  readonly usage: Usage;
  /** What was thrown, if anything was. */
  readonly bug: unknown;
}

/** Credits that are saved at most. */
const MOST = 10;
const SLOW = 0.95;

/** How many second attempts the calls of a model have earned. */
export class HedgeBudgets {
  readonly #credits = new WeakMap<VirtualModel, number>();

  /** Milliseconds after which another attempt is due; undefined: none will be. */
  delay(call: Planned, { target, health, again }: Step): number | undefined {
    const { hedge } = call.virtual;
    if (hedge === undefined || again || call.operation !== 'chat') return undefined;
    // What a service does beside answering, such as a call of a tool of its own, it must not do twice.
    if (call.wire.content().serverTools.length > 0) return undefined;
    this.#credits.set(call.virtual, Math.min(MOST, (this.#credits.get(call.virtual) ?? 1) + hedge.share));
    // A zone that a call need not leave it does not leave for speed.
    const isNear = call.targets.some((one) => one !== target && one.upstream.zone === target.upstream.zone);
    return isNear ? (hedge.after ?? health.latency.quantile(SLOW)) : undefined;
  }

  has(virtual: VirtualModel): boolean {
    return (this.#credits.get(virtual) ?? 0) >= 1;
  }

  spend(virtual: VirtualModel): void {
    this.#credits.set(virtual, (this.#credits.get(virtual) ?? 0) - 1);
  }
}

export interface RaceParts {
  readonly call: Planned;
  readonly to: Receiver;
  readonly itinerary: Itinerary;
  readonly pauses: Pauses;
  readonly budgets: HedgeBudgets;
  readonly run: Try;
}

export async function race(first: Step, after: number, parts: RaceParts): Promise<Raced> {
  const { call, to, itinerary, pauses, budgets, run } = parts;
  const track = new Track(to);
  const tried: Tried[] = [];
  const begin = async (step: Step): Promise<Outcome> => {
    const lane = track.lane();
    const outcome = await run(step, lane, (trial) => lane.enter(trial)).catch((cause) => track.broke(cause));
    tried.push({ step, outcome });
    track.decided.request('over');
    return outcome;
  };
  const beginning = begin(first);
  let beside: Promise<Outcome> | undefined;
  if ((await pauses.wait(after, track.decided)) && budgets.has(call.virtual)) {
    const second = itinerary.another(first.target.upstream.zone);
    if (second !== undefined) {
      budgets.spend(call.virtual);
      beside = begin(second);
    }
  }
  const [one, other] = [await beginning, await beside];
  track.over();
  if (other === undefined) return { tried, last: one, usage: one.usage, bug: track.bug };
  const usage = usageSum(one.usage, other.usage);
  return { tried, last: isAnswer(one) || !isAnswer(other) ? one : other, usage, bug: track.bug };
}

function isAnswer(outcome: Outcome): boolean {
  return outcome.ok || outcome.started;
}

class Track {
  /** Requested once no other attempt is to be begun. */
  readonly decided = new Cancel();
  readonly to: Receiver;
  bug: unknown = undefined;
  readonly #lanes: Lane[] = [];
  #winner: Lane | undefined = undefined;
  readonly #leave = (): void => {
    const reason = this.to.cancel.reason ?? 'the caller left';
    this.decided.request(reason);
    for (const lane of this.#lanes) lane.cancel.request(reason);
  };

  constructor(to: Receiver) {
    this.to = to;
    to.cancel.onRequest(this.#leave);
  }

  lane(): Lane {
    const lane = new Lane(this);
    this.#lanes.push(lane);
    return lane;
  }

  isFirst(lane: Lane): boolean {
    if (this.#winner !== undefined) return this.#winner === lane;
    this.#winner = lane;
    lane.trial?.claim();
    this.decided.request('an answer has begun');
    // Wherever they are: on the wire, or still waiting for a slot.
    for (const other of this.#lanes) if (other !== lane) other.cancel.request('another answered first');
    return true;
  }

  /** Something that must not happen is told once both are over: the other may have the answer. */
  broke(cause: unknown): Outcome {
    this.bug = cause;
    const error = new GatewayError('internal', 'An attempt could not be made.', { cause });
    return { ok: false, error, started: false, usage: noUsage };
  }

  over(): void {
    this.to.cancel.forget(this.#leave);
    // Who has no answer is told of the attempt that was begun last.
    if (this.#winner === undefined) this.#lanes.findLast((lane) => lane.trial !== undefined)?.trial?.claim();
  }
}

/** What one of several attempts takes for its caller; each can be let go by itself. */
class Lane implements Receiver {
  trial: Trial | undefined = undefined;
  readonly cancel = new Cancel();
  readonly #track: Track;

  constructor(track: Track) {
    this.#track = track;
  }

  enter(trial: Trial): void {
    this.trial = trial;
  }

  start(head: Head): void {
    if (this.#track.isFirst(this)) this.#track.to.start(head);
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    return this.#track.isFirst(this) ? this.#track.to.frame(bytes, kind) : true;
  }

  drained(): Promise<void> {
    return this.#track.to.drained();
  }
}
