// dispatch: tries targets until one answers. Which, and in what order, is the itinerary's business; the error table
// says whether another may be tried; once an answer has begun, none may.
import { GatewayError } from '../../canonical/errors.ts';
import type { AttemptNote } from '../../canonical/receipt.ts';
import { noUsage, type Usage, usageSum } from '../../canonical/usage.ts';
import type { Clock, Random, Seals, Ticker, TokenCounter } from '../../ports.ts';
import type { End, Handle, Planned, Receiver } from '../stage.ts';
import { Attempt, type Outcome } from './attempt.ts';
import { countLocally, countsItself } from './count.ts';
import { deadlineOf } from './deadline.ts';
import type { HealthBook } from './health/health-book.ts';
import { answerIdle, idleReply } from './idle.ts';
import { Itinerary, type Step } from './itinerary.ts';
import { Pauses } from './pauses.ts';
import { WireWriter, type Written } from './wire-calls.ts';

export interface DispatchParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ticker: Ticker;
  readonly health: HealthBook;
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
  const writer = new WireWriter(parts.seals);
  const pauses = new Pauses(parts.clock, parts.ticker);
  const now = (): number => parts.clock.now();

  return async (call, to) => {
    const itinerary = new Itinerary(call, parts);
    const deadline = deadlineOf(call, parts.deadline);
    let spent = noUsage;
    for (let step = itinerary.next(); step !== undefined; step = itinerary.next()) {
      const left = deadline - now() - step.wait;
      if (step.wait > 0 && left > 0) await pauses.wait(step.wait, to.cancel);
      const aside = untried(call, step, to, left, parts, itinerary);
      if (aside !== undefined) {
        itinerary.forgone(step);
        return withUsage(await aside, spent);
      }
      const outcome = await attempt(call, step, to, writer, now, left);
      spent = usageSum(spent, outcome.usage);
      settle(itinerary, step, call, outcome);
      if (isFinal(outcome, to)) return withUsage(outcome, spent);
    }
    return { ok: false, error: itinerary.error(), started: false, usage: spent };
  };
}

/** What this attempt has taught is remembered. */
function settle(itinerary: Itinerary, step: Step, call: Planned, outcome: Outcome): void {
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
function isFinal(outcome: Outcome, to: Receiver): outcome is Exclude<Outcome, Failed> {
  return outcome.ok || outcome.started || to.cancel.requested || !mayTryAnother(outcome.error);
}

/** The call's usage is that of all its attempts. */
function withUsage(outcome: End, usage: Usage): End {
  return outcome.ok
    ? { ok: true, usage }
    : { ok: false, error: outcome.error, started: outcome.started, usage };
}

function attempt(
  call: Planned,
  step: Step,
  to: Receiver,
  writer: WireWriter,
  now: () => number,
  left: number,
): Promise<Outcome> {
  const { target, credential, health } = step;
  const price = target.upstream.facts(target.model)?.price;
  const note: AttemptNote = {
    target: target.label,
    startedAt: now() - call.receipt.arrived,
    outcome: 'running',
    price,
  };
  if (health.credentials.all.length > 1) note.secret = credential.number;
  const trial = new Attempt(call, target, to, note, now);
  const written = write(call, step, writer, trial, left);
  if (written instanceof GatewayError) return Promise.resolve(trial.forgo(written));
  call.receipt.attempts.push(note);
  call.receipt.upstream = target.upstream.name;
  call.receipt.upstreamModel = target.model;
  call.receipt.price = price;
  call.receipt.ledger = written.ledger?.entries;
  return trial.run(written);
}

function write(
  call: Planned,
  { target, credential }: Step,
  writer: WireWriter,
  trial: Attempt,
  left: number,
): Written | GatewayError {
  try {
    return writer.write(call, target, credential, trial.cancel, left);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** What this target's dialect cannot say, another's may. */
function mayTryAnother(error: GatewayError): boolean {
  return error.retry !== 'never' || error.code === 'unsupported' || error.code === 'translation_loss';
}
