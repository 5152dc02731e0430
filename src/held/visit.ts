// Pages about what is kept for a tenant. They are no calls, and yet cost what a request costs: they count as one
// within the limits of the key, and what was done is on record before it is told.
import { GatewayError } from '../canonical/errors.ts';
import type { CallId } from '../canonical/ids.ts';
import type { Protocol } from '../canonical/protocol.ts';
import type { ReceiptDraft } from '../canonical/receipt.ts';
import type { KeptTurns } from '../canonical/turns.ts';
import { noUsage } from '../canonical/usage.ts';
import type { IssuedKey } from '../flow/admit/key-ring.ts';
import type { Limiter } from '../flow/admit/limiter.ts';
import { tellStory } from '../flow/emit/story.ts';
import { type ClosedReceipt, closeReceipt } from '../flow/record/close.ts';
import type { End } from '../flow/stage.ts';
import type { Clock, Journal, Sink } from '../ports.ts';

export interface Visit {
  readonly face: Protocol;
  /** Of the reply that it is about, as the caller wrote it. */
  readonly subject: string;
  readonly key: IssuedKey;
  /** The page as JSON text. Rejects with a GatewayError. */
  render(turns: KeptTurns): Promise<string>;
}

/** All of an answer that is there at once. */
export interface PageAnswer {
  readonly status: number;
  readonly body: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

export interface VisitParts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly sinks: readonly Sink[];
  readonly limiter: Limiter;
  readonly onBug: (cause: unknown, callId: CallId) => void;
}

export async function answerVisit(
  visit: Visit,
  turns: KeptTurns,
  draft: ReceiptDraft,
  parts: VisitParts,
): Promise<PageAnswer> {
  const { face } = visit;
  const page = await renderWithin(visit, turns, draft, parts);
  const answer = page instanceof GatewayError ? refusal(page, face, draft) : told(page, face, draft);
  const error = page instanceof GatewayError ? page : undefined;
  const receipt = closed(answer, error, face, draft, parts.clock);
  try {
    await parts.journal.append(receipt);
  } catch (cause) {
    parts.onBug(cause, draft.id);
    const fault = new GatewayError('overloaded', 'The gateway cannot record this at the moment.', {
      remedy: 'Try again shortly.',
    });
    const instead = refusal(error ?? fault, face, draft);
    tell(closed(instead, error ?? fault, face, draft, parts.clock), parts);
    return instead;
  }
  tell(receipt, parts);
  return answer;
}

/** A request, and no tokens: debts of them are not what it waits for. */
async function renderWithin(
  { key, subject, render }: Visit,
  turns: KeptTurns,
  draft: ReceiptDraft,
  { limiter, onBug }: VisitParts,
): Promise<string | GatewayError> {
  draft.caller = key.caller;
  const permit = limiter.take(key.scopes, undefined);
  draft.limits = limiter.states(key.scopes);
  if (permit instanceof GatewayError) return permit;
  try {
    const page = await render(turns);
    // What is not there has a name of the caller's making only.
    draft.held = subject;
    return page;
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    onBug(cause, draft.id);
    return new GatewayError('internal', 'This page failed.', { cause });
  } finally {
    permit.settle(noUsage);
  }
}

function told(body: string, face: Protocol, draft: ReceiptDraft): PageAnswer {
  return { status: 200, body, headers: storyOf(face, draft) };
}

function refusal(error: GatewayError, face: Protocol, draft: ReceiptDraft): PageAnswer {
  const { status, body, headers } = face.encodeError(error, draft.id);
  const known = storyOf(face, draft);
  const more = Object.entries(headers).filter(([name]) => name !== 'content-type' && !known.includes(name));
  return { status, body, headers: [...known, ...more.flat()] };
}

function storyOf({ requestIdHeader }: Protocol, draft: ReceiptDraft): string[] {
  const headers: string[] = [];
  tellStory(draft, headers, true);
  if (requestIdHeader !== 'x-request-id') headers.push(requestIdHeader, draft.id);
  return headers;
}

function closed(
  { status, body }: PageAnswer,
  error: GatewayError | undefined,
  face: Protocol,
  draft: ReceiptDraft,
  clock: Clock,
): ClosedReceipt {
  const end: End =
    error === undefined ? { ok: true, usage: noUsage } : { ok: false, error, started: false, usage: noUsage };
  const waiting = error === undefined ? Buffer.byteLength(body) : 0;
  return closeReceipt(draft, end, { face, status, passed: 0, waiting, started: false }, clock.now());
}

function tell(receipt: ClosedReceipt, { sinks, onBug }: VisitParts): void {
  for (const sink of sinks) {
    try {
      sink.take(receipt);
    } catch (cause) {
      onBug(cause, receipt.draft.id);
    }
  }
}
