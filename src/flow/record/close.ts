// Stage record: a draft and how the call ended become a receipt. Everything that costs says what it
// costs, or that nobody knows; no word of a prompt gets in.
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { costOf, isFree, type NanoDollars, nanoDollars, type Price } from '../../canonical/money.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import type { AttemptNote, CostState, Receipt, ReceiptDraft } from '../../canonical/receipt.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { End } from '../stage.ts';

export interface ClosedReceipt extends Receipt {
  /** The receipt as JSON text, once somebody asked for it. */
  line: string | undefined;
}

/** What the caller was given of the answer. */
export interface Reach {
  /** The caller's own dialect. */
  readonly face: Protocol;
  readonly status: number;
  /** Bytes that reached the caller, and those that will once the call is on record. */
  readonly passed: number;
  readonly waiting: number;
  readonly started: boolean;
}

interface Bill {
  readonly state: CostState;
  readonly cost: NanoDollars | undefined;
  readonly saved: NanoDollars | undefined;
}

const OPENED = 200;
const ZERO = nanoDollars(0n);
const NOTHING_DUE: Bill = { state: 'free', cost: ZERO, saved: undefined };
const NOBODY_KNOWS: Bill = { state: 'unpriced', cost: undefined, saved: undefined };

export function closeReceipt(draft: ReceiptDraft, end: End, reach: Reach, endedAt: number): ClosedReceipt {
  draft.bytesOut = end.ok ? reach.passed + reach.waiting : reach.passed;
  draft.status = statusOf(end, reach, draft);
  const bill = billOf(draft, end);
  const outcome: 'ok' | ErrorCode = end.ok ? 'ok' : end.error.code;
  const closed = {
    draft,
    endedAt,
    outcome,
    started: end.ok || reach.started,
    usage: end.usage,
    cost: bill.cost,
    costState: bill.state,
    saved: bill.saved,
    line: undefined,
  };
  return end.ok ? closed : { ...closed, message: messageOf(end.error) };
}

/** An error goes out under the status that the caller's dialect has for it, which is not always ours. */
function statusOf(end: End, reach: Reach, draft: ReceiptDraft): number {
  if (end.ok || reach.started) return reach.status;
  // A keepalive has opened the answer; what went wrong after it went out in the stream.
  if (draft.keepalives > 0) return OPENED;
  const { error } = end;
  // To who is gone nothing goes out.
  return error.code === 'client_gone' ? error.status : reach.face.encodeError(error, draft.id).status;
}

function billOf(draft: ReceiptDraft, end: End): Bill {
  const { price } = draft;
  if (draft.cache === 'hit' || draft.cache === 'joined') {
    if (price === undefined || !end.ok) return NOTHING_DUE;
    return { state: 'free', cost: ZERO, saved: costOf(end.usage, price) };
  }
  return sumOf(draft.attempts);
}

/** Each attempt costs what its own upstream takes, whatever became of it. What is known of an unknown sum is still owed. */
function sumOf(attempts: readonly AttemptNote[]): Bill {
  let cost: bigint | undefined;
  let isWhole = true;
  for (const { usage, price } of attempts) {
    if (usage === undefined || isGratis(price)) continue;
    const due = dueOf(usage, price);
    if (due === undefined) isWhole = false;
    else cost = (cost ?? 0n) + due;
  }
  if (cost === undefined) return isWhole ? NOTHING_DUE : NOBODY_KNOWS;
  return { state: isWhole ? 'priced' : 'unpriced', cost: nanoDollars(cost), saved: undefined };
}

function dueOf(usage: Usage, price: Price | undefined): bigint | undefined {
  return price === undefined ? undefined : costOf(usage, price);
}

function isGratis(price: Price | undefined): boolean {
  return price !== undefined && isFree(price);
}

/** Upstreams and JSON parsers quote what they dislike, which is the prompt: codes stand in for their words. */
function messageOf(error: GatewayError): string {
  const { upstream, operator } = error.detail;
  if (operator !== undefined) return operator;
  if (error.code === 'invalid_json') return 'The body is not valid JSON.';
  if (upstream === undefined) return error.message;
  const facts = [upstream.status, upstream.type, upstream.code].filter((fact) => fact !== undefined);
  const named = upstream.requestId === undefined ? '' : ` (its id ${upstream.requestId})`;
  return `The upstream answered ${facts.join(' ') || 'with an error'}${named}.`;
}
