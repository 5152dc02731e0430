// Everything that happened to one call. Each stage fills its own part of the draft; record closes it.
import type { Caller } from './caller.ts';
import type { ErrorCode } from './errors.ts';
import type { CallId } from './ids.ts';
import type { LedgerEntry } from './ledger.ts';
import type { NanoDollars, Price } from './money.ts';
import type { Usage } from './usage.ts';

export type CacheOutcome = 'off' | 'skip' | 'miss' | 'hit' | 'joined';

export interface ChoiceNote {
  readonly target: string;
  readonly reason: string;
}

/** An upstream died in the middle of its answer, and another went on with it. */
export interface Seam {
  /** Characters that the caller had read. */
  readonly at: number;
  /** `prefill`: given the words so far. `again`: asked the same once more, and it said the same so far. */
  readonly by: 'prefill' | 'again';
  readonly from: string;
  readonly to: string;
}

export interface AttemptNote {
  readonly target: string;
  /** Milliseconds since the call arrived. */
  readonly startedAt: number;
  firstContentAt?: number;
  endedAt?: number;
  outcome: 'running' | 'ok' | ErrorCode;
  status?: number;
  message?: string;
  /** Which of the upstream's secrets, from 1, where it has several. */
  secret?: number;
  /** What the upstream read and wrote for it, and at which price; absent when it did neither. */
  usage?: Usage;
  price?: Price | undefined;
}

/** A wait for a slot of an upstream, or why there was none. */
export interface QueueNote {
  readonly target: string;
  /** Milliseconds since the call arrived. */
  readonly startedAt: number;
  /** Place in the queue when it came: 1 is next. */
  position?: number;
  /** Milliseconds it waited. */
  ms?: number;
  /** `no_room`: went on to another target instead; `dismissed`: the upstream was given up meanwhile. */
  outcome: 'waiting' | 'served' | 'timed_out' | 'full' | 'left' | 'dismissed' | 'no_room';
}

/** The tightest limit of its kind, as the caller's headers state it. */
export interface LimitState {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of it is there again. */
  readonly reset: number;
}
export type LimitStates = Partial<Record<'requests' | 'tokens', LimitState>>;

export class ReceiptDraft {
  // accept
  readonly id: CallId;
  readonly face: string;
  readonly operation: string;
  /** Monotonic and epoch milliseconds. */
  readonly arrived: number;
  readonly arrivedWall: number;
  askedModel = '';
  stream = false;
  bytesIn = 0;
  // admit
  caller: Caller | undefined = undefined;
  model: string | undefined = undefined;
  /** Id of the file or batch that the call is about. */
  held: string | undefined = undefined;
  changed: string[] | undefined = undefined;
  limits: LimitStates | undefined = undefined;
  // cache
  cache: CacheOutcome = 'off';
  // choose
  choices: readonly ChoiceNote[] | undefined = undefined;
  // dispatch
  queued: QueueNote[] | undefined = undefined;
  readonly attempts: AttemptNote[] = [];
  /** Targets that were not tried, and why. */
  leftOut: readonly ChoiceNote[] | undefined = undefined;
  upstream: string | undefined = undefined;
  upstreamModel: string | undefined = undefined;
  ledger: readonly LedgerEntry[] | undefined = undefined;
  price: Price | undefined = undefined;
  /** Milliseconds since the call arrived. */
  firstContentAt: number | undefined = undefined;
  /** Where the answer went on at another target, if it did. */
  seam: Seam | undefined = undefined;
  // emit
  /** Signs of life sent to the caller: with the first of them the answer is open, whatever comes of it. */
  keepalives = 0;
  replyLedger: readonly LedgerEntry[] | undefined = undefined;
  // record
  status = 0;
  bytesOut = 0;

  constructor(id: CallId, face: string, operation: string, arrived: number, arrivedWall: number) {
    this.id = id;
    this.face = face;
    this.operation = operation;
    this.arrived = arrived;
    this.arrivedWall = arrivedWall;
  }
}

/** `priced`: cost is known. `free`: no price is due. `unpriced`: nobody told us all, which is not zero. */
export type CostState = 'priced' | 'free' | 'unpriced';

export interface Receipt {
  readonly draft: ReceiptDraft;
  readonly endedAt: number;
  readonly outcome: 'ok' | ErrorCode;
  readonly message?: string;
  /** Did bytes of an answer reach the caller before it failed? */
  readonly started: boolean;
  /** Of all attempts together. */
  readonly usage: Usage;
  /** Of an `unpriced` call what is known of it: it costs at least that. */
  readonly cost: NanoDollars | undefined;
  readonly costState: CostState;
  /** What the answer would have cost, had it not been there already. */
  readonly saved?: NanoDollars | undefined;
}
