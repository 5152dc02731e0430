// One class and one table for everything that can go wrong. The `retry` column is the failover policy.

import type { JsonObject } from './json.ts';

export type Blame = 'caller' | 'gateway' | 'upstream';
/**
 * Where another attempt may help: at another target, or at the same one once the moment has come that it stated;
 * only at another; nowhere.
 */
export type Retry = 'same' | 'other' | 'never';

interface Row {
  readonly status: number;
  readonly blame: Blame;
  readonly retry: Retry;
}

function row(status: number, blame: Blame, retry: Retry): Row {
  return { status, blame, retry };
}

export const errorTable = {
  // The caller's own mistakes: no target would answer differently.
  invalid_json: row(400, 'caller', 'never'),
  bad_request: row(400, 'caller', 'never'),
  forbidden_parameter: row(400, 'caller', 'never'),
  unsupported: row(400, 'caller', 'never'),
  translation_loss: row(400, 'caller', 'never'),
  context_too_long: row(400, 'caller', 'never'),
  content_filtered: row(400, 'caller', 'never'),
  sealed_elsewhere: row(400, 'caller', 'never'),
  turn_not_found: row(400, 'caller', 'never'),
  body_too_large: row(413, 'caller', 'never'),
  headers_too_large: row(431, 'caller', 'never'),
  request_timeout: row(408, 'caller', 'never'),
  invalid_key: row(401, 'caller', 'never'),
  billing: row(402, 'caller', 'never'),
  permission: row(403, 'caller', 'never'),
  not_found: row(404, 'caller', 'never'),
  model_not_found: row(404, 'caller', 'never'),
  method_not_allowed: row(405, 'caller', 'never'),
  rate_limited: row(429, 'caller', 'never'),
  client_gone: row(499, 'caller', 'never'),
  // Ours.
  internal: row(500, 'gateway', 'never'),
  overloaded: row(503, 'gateway', 'never'),
  draining: row(503, 'gateway', 'never'),
  no_target: row(503, 'gateway', 'never'),
  store_down: row(503, 'gateway', 'never'),
  // The upstream's, as one attempt sees them.
  upstream_refused: row(502, 'upstream', 'other'),
  upstream_reset: row(502, 'upstream', 'other'),
  upstream_fault: row(502, 'upstream', 'other'),
  upstream_garbled: row(502, 'upstream', 'other'),
  upstream_truncated: row(502, 'upstream', 'other'),
  upstream_auth: row(502, 'upstream', 'other'),
  upstream_billing: row(502, 'upstream', 'other'),
  upstream_model_missing: row(502, 'upstream', 'other'),
  upstream_rate_limited: row(429, 'upstream', 'same'),
  upstream_quota: row(429, 'upstream', 'other'),
  upstream_overloaded: row(503, 'upstream', 'same'),
  upstream_timeout: row(504, 'upstream', 'other'),
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorDetail {
  /** The field, header or file position that is wrong, e.g. `messages[2].content`. */
  readonly param?: string;
  /** What the caller can do about it; appended to the message. */
  readonly remedy?: string;
  /** Seconds until another try makes sense. */
  readonly retryAfter?: number;
  /** An upstream's own status, kept when it is more exact than the table's. */
  readonly status?: number;
  /** What the upstream said of its fault: for operators, never for callers. */
  readonly upstream?: UpstreamFault;
  /** In place of the message in logs and receipts: may name addresses and files of ours, never words of a call. */
  readonly operator?: string;
  /** Found by us in an answer that is good in itself: it says nothing of the upstream. */
  readonly ours?: true;
  /** The error this one was made of. */
  readonly cause?: unknown;
  /** Facts in the dialect's own terms that its SDKs act on: `error.details` of a vendor. */
  readonly details?: JsonObject;
  /** Figures the dialects need word by word, such as those of `context_too_long`. */
  readonly context?: ContextFigures;
}

export interface UpstreamFault {
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  readonly requestId?: string;
  /** The upstream's own words, cut short, with what looks like a key left out. They may quote the prompt. */
  readonly message?: string;
}

export interface ContextFigures {
  readonly input: number;
  readonly output: number;
  readonly limit: number;
}

export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.detail = detail;
  }

  get status(): number {
    return this.detail.status ?? errorTable[this.code].status;
  }

  get blame(): Blame {
    return errorTable[this.code].blame;
  }

  get retry(): Retry {
    return errorTable[this.code].retry;
  }

  /**
   * The upstream has too much to do and said for how long: whoever waits that long may well be answered. Such an error
   * goes out with the delay and without `x-should-retry: false`, so SDKs wait and ask again by themselves. That is
   * the polite thing and no repetition of ours: we have tried other targets, but never wait out a delay for a caller,
   * who alone knows how long he can wait.
   */
  get passes(): boolean {
    const busy = this.code === 'upstream_rate_limited' || this.code === 'upstream_overloaded';
    return busy && this.detail.retryAfter !== undefined;
  }

  /** What callers read: the fault, then the way out. */
  get text(): string {
    return this.detail.remedy === undefined ? this.message : `${this.message} ${this.detail.remedy}`;
  }
}
