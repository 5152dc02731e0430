// dispatch: tries the targets in order until one answers. The error table says whether another may be
// tried; once an answer has begun, none may. Never the same target twice in a call.
import { GatewayError } from '../../canonical/errors.ts';
import type { AttemptNote } from '../../canonical/receipt.ts';
import { noUsage, type Usage, usageSum } from '../../canonical/usage.ts';
import type { Clock, Seals, TokenCounter } from '../../ports.ts';
import type { End, Handle, Planned, Receiver, Target } from '../stage.ts';
import { Attempt, type Outcome } from './attempt.ts';
import { countLocally, countsItself } from './count.ts';
import { answerIdle, idleReply } from './idle.ts';
import { createSlots, type Slot, type Slots } from './slots/slots.ts';
import { WireWriter, type Written } from './wire-calls.ts';

export interface DispatchParts {
  readonly clock: Clock;
  /** At most so many targets are tried for one call. */
  readonly attempts: number;
  /** For counts that no upstream makes. */
  readonly tokenizer?: TokenCounter | undefined;
  readonly seals?: Seals | undefined;
  /** Without them every upstream takes whatever comes. */
  readonly slots?: Slots | undefined;
}

interface Failure {
  readonly target: Target;
  readonly error: GatewayError;
}

export function dispatch(parts: DispatchParts): Handle<Planned> {
  const writer = new WireWriter(parts.seals);
  const now = (): number => parts.clock.now();
  const slots = parts.slots ?? createSlots({ clock: parts.clock, ticker: { every: () => () => undefined } });

  const tools: Tools = { ...parts, writer, now, slots };
  return (call, to) => tryTargets(call, to, tools);
}

interface Tools extends DispatchParts {
  readonly writer: WireWriter;
  readonly now: () => number;
  readonly slots: Slots;
}

async function tryTargets(call: Planned, to: Receiver, tools: Tools): Promise<End> {
  const { slots, attempts } = tools;
  const failures: Failure[] = [];
  let spent = noUsage;
  const left = [...call.targets];
  for (let tries = 0; tries < attempts; tries += 1) {
    const target = slots.next(call, left);
    if (target === undefined) break;
    const here = answerHere(call, target, to, tools.tokenizer);
    if (here !== undefined) return here;
    const entered = slots.enter(call, target, to.cancel);
    const slot = entered instanceof Promise ? await entered : entered;
    const outcome =
      slot instanceof GatewayError ? turnedAway(slot) : await attempt(call, target, slot, to, tools);
    spent = usageSum(spent, outcome.usage);
    teach(call, target, outcome);
    if (isFinal(outcome, to)) return withUsage(outcome, spent);
    failures.push({ target, error: outcome.error });
  }
  return { ok: false, error: combined(failures), started: false, usage: spent };
}

function turnedAway(error: GatewayError): Outcome {
  return { ok: false, error, started: false, usage: noUsage };
}

/** What this target is not asked for. */
function answerHere(
  call: Planned,
  target: Target,
  to: Receiver,
  tokenizer: TokenCounter | undefined,
): End | Promise<End> | undefined {
  if (call.operation === 'count' && !countsItself(call, target)) {
    return countLocally(call, target, to, tokenizer);
  }
  const idle = idleReply(call, target);
  return idle === undefined ? undefined : answerIdle(idle, call, to);
}

/** What a reply states of a conversation tells how its model cuts text. */
function teach({ operation, wire }: Planned, { upstream, model }: Target, outcome: Outcome): void {
  if (outcome.ok && operation === 'chat') upstream.tokenRatios?.learn(model, wire.bytes, outcome.usage);
}

type Failed = Extract<Outcome, { ok: false }>;

/** Nothing more to try: it worked, the answer had begun, the caller left, or no other target can help. */
function isFinal(outcome: Outcome, to: Receiver): outcome is Exclude<Outcome, Failed> {
  return outcome.ok || outcome.started || to.cancel.requested || !mayTryAnother(outcome.error);
}

/** The call's usage is that of all its attempts. */
function withUsage(outcome: Outcome, usage: Usage): Outcome {
  return outcome.usage === usage ? outcome : { ...outcome, usage };
}

/** The slot is free again when it is over, however it ends. */
async function attempt(
  call: Planned,
  target: Target,
  slot: Slot,
  to: Receiver,
  { writer, now }: Tools,
): Promise<Outcome> {
  const note = noteOf(call, target, now());
  try {
    const trial = new Attempt(call, target, to, note, now);
    const written = write(call, target, writer, trial);
    if (written instanceof GatewayError) return trial.forgo(written);
    call.receipt.attempts.push(note);
    call.receipt.upstream = target.upstream.name;
    call.receipt.upstreamModel = target.model;
    call.receipt.price = note.price;
    call.receipt.ledger = written.ledger?.entries;
    return await trial.run(written);
  } finally {
    slot.leave(call, note);
  }
}

function noteOf({ receipt }: Planned, { upstream, model, label }: Target, now: number): AttemptNote {
  const price = upstream.facts(model)?.price;
  return { target: label, startedAt: now - receipt.arrived, outcome: 'running', price };
}

function write(call: Planned, target: Target, writer: WireWriter, trial: Attempt): Written | GatewayError {
  try {
    return writer.write(call, target, trial.cancel);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** What this target's dialect cannot say, another's may. */
function mayTryAnother(error: GatewayError): boolean {
  return error.retry === 'other' || error.code === 'unsupported' || error.code === 'translation_loss';
}

/** The last failure decides the status; the message says what happened at each target. */
function combined(failures: readonly Failure[]): GatewayError {
  const last = failures[failures.length - 1];
  if (last === undefined) return new GatewayError('no_target', 'No target was left to try.');
  const { error } = last;
  if (error.blame === 'caller' && failures.length === 1) return error;
  const told = failures.map((failure) => `${failure.target.label}: ${failure.error.message}`).join(' ');
  const message = failures.length === 1 ? told : `All ${failures.length} targets failed. ${told}`;
  return new GatewayError(error.code, message, error.detail);
}
