// dispatch: tries targets until one answers. Which, and in what order, is the itinerary's business; the error table
// says whether another may be tried; once an answer has begun, none may.
import { GatewayError } from '../../canonical/errors.ts';
import type { Price } from '../../canonical/money.ts';
import type { AttemptNote } from '../../canonical/receipt.ts';
import { noUsage, type Usage, usageSum } from '../../canonical/usage.ts';
import type { Clock, Random, Seals, Ticker, TokenCounter } from '../../ports.ts';
import type { End, Handle, Planned, Receiver, Target } from '../stage.ts';
import { Attempt, type Outcome } from './attempt.ts';
import { countLocally, countsItself } from './count.ts';
import { deadlineOf } from './deadline.ts';
import type { HealthBook } from './health/health-book.ts';
import { HedgeBudgets, type Raced, race, type Trial, type Try } from './hedge.ts';
import { answerIdle, idleReply } from './idle.ts';
import { Itinerary, type Step } from './itinerary.ts';
import { Pauses } from './pauses.ts';
import { isRescuable, type Rescuer, rescuerOf, withWords } from './rescue/rescuer.ts';
import type { Slot, Slots } from './slots/slots.ts';
import { WireWriter, type Written } from './wire-calls.ts';

export interface DispatchParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ticker: Ticker;
  readonly health: HealthBook;
  readonly slots: Slots;
  /** At most so many attempts are made for one call. */
  readonly attempts: number;
  /** At most so many milliseconds are waited for a target that said when to come again. */
  readonly patience: number;
  /** Milliseconds for a call as a whole, where neither its model nor its caller says less. */
  readonly deadline: number;
  /** For counts that no upstream makes. */
  readonly tokenizer?: TokenCounter | undefined;
  readonly seals?: Seals | undefined;
}

export function dispatch(parts: DispatchParts): Handle<Planned> {
  const tools: Tools = {
    ...parts,
    writer: new WireWriter(parts.seals),
    pauses: new Pauses(parts.clock, parts.ticker),
    budgets: new HedgeBudgets(),
  };
  return (call, to) => new Journey(call, to, tools).run();
}

/** What calls have in common. */
interface Tools extends DispatchParts {
  readonly writer: WireWriter;
  readonly pauses: Pauses;
  readonly budgets: HedgeBudgets;
}

/** One call on its way from target to target. */
class Journey {
  readonly #call: Planned;
  readonly #to: Receiver;
  readonly #tools: Tools;
  readonly #deadline: number;
  readonly #itinerary: Itinerary;
  readonly #rescuer: Rescuer | undefined;
  #spent = noUsage;
  /** An answer broke off here, and the call goes on all the same. */
  #broken: Broken | undefined = undefined;

  constructor(call: Planned, to: Receiver, tools: Tools) {
    this.#call = call;
    this.#tools = tools;
    this.#deadline = deadlineOf(call, tools.deadline);
    this.#itinerary = new Itinerary(call, tools, this.#deadline);
    this.#rescuer = rescuerOf(call, to);
    this.#to = this.#rescuer ?? to;
  }

  async run(): Promise<End> {
    const { clock, pauses, budgets } = this.#tools;
    const to = this.#to;
    for (let step = this.#itinerary.next(); step !== undefined; step = this.#itinerary.next()) {
      if (step.wait > 0) await pauses.wait(step.wait, to.cancel);
      const left = this.#deadline - clock.now();
      const aside = untried(this.#call, step, to, left, this.#tools, this.#itinerary);
      if (aside !== undefined) {
        this.#itinerary.forgone(step);
        return this.#end(await aside);
      }
      const after = budgets.delay(this.#call, step);
      const raced = after === undefined ? undefined : await this.#compete(step, after);
      const last = raced?.last ?? this.#learn(step, await this.#attempt(step));
      this.#spent = usageSum(this.#spent, raced?.usage ?? last.usage);
      if (this.#isLast(last, step)) return this.#end(last);
    }
    this.#call.receipt.leftOut = this.#itinerary.notes();
    return this.#end({ ok: false, error: this.#itinerary.error(), started: false, usage: noUsage });
  }

  #isLast(outcome: Outcome, step: Step): boolean {
    if (this.#rescuer === undefined || !isRescuable(this.#rescuer, outcome))
      return isFinal(outcome, this.#to, this.#call);
    this.#broken = { last: this.#broken?.last ?? outcome, step };
    return false;
  }

  /** Whatever was tried after an answer had broken off: if it did not help, that is what the caller is told. */
  #end(end: End): End {
    return withUsage(end.ok || this.#broken === undefined ? end : this.#broken.last, this.#spent);
  }

  /** In a slot of the upstream's: at once where there is room. */
  #attempt(step: Step, to = this.#to, begun?: (trial: Trial) => void): Promise<Outcome> {
    const entered = this.#tools.slots.enter(this.#call, step.target, to.cancel, this.#deadline);
    if (!(entered instanceof Promise)) return this.#within(entered, step, to, begun);
    return entered.then((slot) => this.#within(slot, step, to, begun));
  }

  #within(
    slot: Slot | GatewayError,
    step: Step,
    to: Receiver,
    begun: ((trial: Trial) => void) | undefined,
  ): Promise<Outcome> {
    const left = this.#deadline - this.#tools.clock.now();
    if (slot instanceof GatewayError) return Promise.resolve(unanswered(left > 0 ? slot : late()));
    if (left <= 0) {
      slot.leave(this.#call);
      return Promise.resolve(unanswered(late()));
    }
    const call = this.#broken === undefined ? this.#call : this.#goingOn(this.#broken, step);
    return attempt(call, step, slot, to, this.#tools, left, begun);
  }

  /** Two attempts side by side, if the first is slow. */
  async #compete(step: Step, after: number): Promise<Raced> {
    const { pauses, budgets } = this.#tools;
    const [call, to, itinerary] = [this.#call, this.#to, this.#itinerary];
    const run: Try = (one, lane, begun) => this.#attempt(one, lane, begun);
    const raced = await race(step, after, { call, to, itinerary, pauses, budgets, run });
    for (const one of raced.tried) this.#learn(one.step, one.outcome);
    if (raced.bug !== undefined) throw raced.bug;
    return raced;
  }

  #goingOn(broken: Broken, step: Step): Planned {
    const text = this.#rescuer?.spoken ?? '';
    const { prefill } = step.target.upstream.provider.quirks ?? {};
    const by = prefill === undefined || text === '' ? 'again' : 'prefill';
    const from = broken.step.target.label;
    this.#rescuer?.goOn({ at: text.length, by, from, to: step.target.label }, this.#spent);
    return by === 'again' ? this.#call : withWords(this.#call, text);
  }

  /** Whoever's time is up has nothing to say of a target that might have answered in time. */
  #learn(step: Step, outcome: Outcome): Outcome {
    const late =
      !outcome.ok && outcome.error.code === 'upstream_timeout' && this.#tools.clock.now() >= this.#deadline;
    learned(this.#itinerary, step, this.#call, late ? { ...outcome, error: asOurs(outcome.error) } : outcome);
    return outcome;
  }
}

interface Broken {
  /** What the caller is told if nobody goes on. */
  readonly last: Failed;
  /** Who spoke last. */
  readonly step: Step;
}

function asOurs({ code, message, detail }: GatewayError): GatewayError {
  return new GatewayError(code, message, { ...detail, ours: true });
}

/** What this attempt has taught is remembered. */
function learned(itinerary: Itinerary, step: Step, call: Planned, outcome: Outcome): void {
  if (outcome.note === undefined) itinerary.forgone(step, outcome.ok ? undefined : outcome.error);
  else itinerary.ended(step, outcome.ok ? undefined : outcome.error, !outcome.ok && outcome.started);
  const { firstContentAt, startedAt = 0 } = outcome.note ?? {};
  if (outcome.ok && firstContentAt !== undefined) step.health.latency.note(firstContentAt - startedAt);
  call.receipt.leftOut = itinerary.notes();
  const { upstream, model } = step.target;
  // What a reply states of a conversation tells how its model cuts text.
  if (outcome.ok && call.operation === 'chat')
    upstream.tokenRatios?.learn(model, call.wire.bytes, outcome.usage);
}

type Failed = Extract<Outcome, { ok: false }>;

/** What ends the call without an attempt: its time is up, its caller left, or no upstream need be asked. */
function untried(
  call: Planned,
  { target, wait }: Step,
  to: Receiver,
  left: number,
  { tokenizer }: DispatchParts,
  { failures }: Itinerary,
): End | Promise<End> | undefined {
  if (left <= 0) return unanswered(failures.at(-1)?.error ?? late());
  if (wait > 0 && to.cancel.requested) return unanswered(gone(to));
  if (call.operation === 'count' && !countsItself(call, target))
    return countLocally(call, target, to, tokenizer);
  const idle = idleReply(call, target);
  return idle === undefined ? undefined : answerIdle(idle, call, to);
}

function unanswered(error: GatewayError): Failed {
  return { ok: false, error, started: false, usage: noUsage };
}

function late(): GatewayError {
  return new GatewayError('upstream_timeout', 'The time for the call was up.');
}

function gone({ cancel }: Receiver): GatewayError {
  return new GatewayError('client_gone', `The call was cancelled: ${cancel.reason ?? 'the caller left'}.`);
}

/** Nothing more to try: it worked, the answer had begun, the caller left, or no other target can help. */
function isFinal(outcome: Outcome, to: Receiver, call: Planned): outcome is Exclude<Outcome, Failed> {
  return outcome.ok || outcome.started || to.cancel.requested || !mayTryAnother(outcome.error, call);
}

/** The call's usage is that of all its attempts. */
function withUsage(outcome: End, usage: Usage): End {
  return outcome.ok
    ? { ok: true, usage }
    : { ok: false, error: outcome.error, started: outcome.started, usage };
}

/** `left`: milliseconds until the call's own deadline. `begun` hears of it when there are others beside it. */
function attempt(
  call: Planned,
  step: Step,
  slot: Slot,
  to: Receiver,
  { writer, clock }: Tools,
  left: number,
  begun?: (trial: Trial) => void,
): Promise<Outcome> {
  const { target, credential, health } = step;
  const price = target.upstream.facts(target.model)?.price;
  const note: AttemptNote = {
    target: target.label,
    startedAt: clock.now() - call.receipt.arrived,
    outcome: 'running',
    price,
  };
  if (health.credentials.all.length > 1) note.secret = credential.number;
  const trial = new Attempt(call, step, to, note, clock, slot);
  const written = write(call, step, writer, trial, left);
  if (written instanceof GatewayError) return Promise.resolve(trial.forgo(written));
  call.receipt.attempts.push(note);
  if (begun === undefined) putOnRecord(call, target, written, price);
  else begun({ claim: () => putOnRecord(call, target, written, price) });
  return trial.run(written);
}

/** Whose answer it is, as far as is known. */
function putOnRecord(
  { receipt }: Planned,
  { upstream, model }: Target,
  { ledger }: Written,
  price: Price | undefined,
): void {
  receipt.upstream = upstream.name;
  receipt.upstreamModel = model;
  receipt.price = price;
  receipt.ledger = ledger?.entries;
}

function write(
  call: Planned,
  { target, credential, health, probe }: Step,
  writer: WireWriter,
  trial: Attempt,
  left: number,
): Written | GatewayError {
  try {
    return writer.write(call, target, credential, trial.cancel, left);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    // A bug ends the call, and must leave no target in the middle of a probe.
    trial.forgo(new GatewayError('internal', 'The call could not be written.', { cause: error }));
    if (probe) health.breaker.release();
    throw error;
  }
}

/** What this target's dialect cannot say, another's may. */
function mayTryAnother(error: GatewayError, { virtual }: Planned): boolean {
  const { code } = error;
  // The queue in front of this target is full, or did not move: others may do.
  if (code === 'overloaded') return virtual.spill !== false;
  return error.retry !== 'never' || code === 'unsupported' || code === 'translation_loss';
}
