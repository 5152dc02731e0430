// One try at one target. Holds the reply's opening back until the answer really begins, so that the next
// target can still be tried; from then on every whole event goes straight through.

import { GatewayError } from '../../canonical/errors.ts';
import type { FrameKind, Operation, Protocol, Watcher, WatchOutput } from '../../canonical/protocol.ts';
import type { AttemptNote } from '../../canonical/receipt.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import type { WireCall, WireEnd, WireFlow, WireHead, WireReceiver } from '../../canonical/wire.ts';
import { Cancel } from '../../lib/cancel.ts';
import type { Clock } from '../../ports.ts';
import type { Planned, Receiver, Target } from '../stage.ts';
import { compressed, isSuccess, passedOn, passOn } from './exchange-parts.ts';
import type { Breaker } from './health/breaker.ts';
import type { Step } from './itinerary.ts';
import { readError } from './read-error.ts';
import { openWatcher } from './reply-watcher.ts';
import { signed } from './signed.ts';
import type { Slot } from './slots/slots.ts';
import { seenOutput, unstatedUsage } from './unstated-usage.ts';
import type { Written } from './wire-calls.ts';

const MOST_PRELUDE = 256 * 1024;
const MOST_ECHOES = 4;
const MOST_ERROR = 64 * 1024;

/** `note`: absent when nothing was tried. */
export type Outcome =
  | { readonly ok: true; readonly usage: Usage; readonly note?: AttemptNote }
  | {
      readonly ok: false;
      readonly error: GatewayError;
      readonly started: boolean;
      readonly usage: Usage;
      readonly note?: AttemptNote;
    };

/** A frame of the opening, kept back. */
interface Early {
  readonly bytes: Buffer;
  readonly kind: FrameKind;
}

export class Attempt implements WireReceiver, WatchOutput {
  readonly cancel = new Cancel();
  readonly #call: Planned;
  readonly #target: Target;
  readonly #to: Receiver;
  readonly #note: AttemptNote;
  readonly #clock: Clock;
  readonly #slot: Slot;
  readonly #breaker: Breaker;
  #protocol: Protocol | undefined = undefined;
  #operation: Operation = 'chat';
  #settle: ((outcome: Outcome) => void) | undefined = undefined;
  #head: WireHead | undefined = undefined;
  #watcher: Watcher | undefined = undefined;
  /** The status promised an answer. */
  #isReply = false;
  #isStream = false;
  /** Bytes of the call went to the upstream: from here on it may cost. */
  #sent = false;
  #rewritten = false;
  #flow: WireFlow | undefined = undefined;
  #early: Early[] = [];
  #earlyBytes = 0;
  #errorBody: Buffer[] = [];
  #errorBytes = 0;
  #started = false;
  readonly #leave = (): void => this.cancel.request(this.#to.cancel.reason ?? 'the caller left');

  /** `slot`: its own, to be left when it is over. */
  constructor(call: Planned, step: Step, to: Receiver, note: AttemptNote, clock: Clock, slot: Slot) {
    const { target } = step;
    this.#breaker = step.health.breaker;
    this.#slot = slot;
    this.#call = call;
    this.#target = target;
    this.#to = to;
    this.#note = note;
    this.#clock = clock;
    to.cancel.onRequest(this.#leave);
  }

  /** The call cannot be written for this target: nothing was tried. */
  forgo(error: GatewayError): Outcome {
    this.#slot.leave(this.#call);
    this.#to.cancel.forget(this.#leave);
    return { ok: false, error, started: false, usage: noUsage };
  }

  run(written: Written): Promise<Outcome> {
    const { load } = this.#target.upstream;
    this.#protocol = written.protocol;
    this.#operation = written.operation;
    this.#rewritten = written.ledger !== undefined;
    load.inflight += 1;
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#send(written.wire).then(
        (end) => this.#ended(end),
        (cause: unknown) => this.#fail(asFailure(cause)),
      );
    });
  }

  /** A transport that throws is a bug; the attempt is over all the same. */
  #send(wire: WireCall): Promise<WireEnd> {
    const { transport, signer } = this.#target.upstream;
    try {
      if (signer === undefined) return transport.send(wire, this);
      return signed(wire, signer).then((proven) => transport.send(proven, this));
    } catch (cause) {
      return Promise.reject(cause);
    }
  }

  head(head: WireHead): void {
    this.#head = head;
    this.#sent = true;
    this.#note.status = head.status;
    if (!isSuccess(head.status)) return;
    const packed = compressed(head, 'reply');
    if (packed === undefined) this.#isReply = true;
    else this.fault(packed);
  }

  data(bytes: Buffer, flow: WireFlow): void {
    this.#flow = flow;
    if (this.#isReply) (this.#watcher ?? this.#openWatcher(bytes))?.push(bytes);
    else this.#keepError(bytes, flow);
  }

  #keepError(bytes: Buffer, flow: WireFlow): void {
    flow.answering?.();
    if (this.#errorBytes >= MOST_ERROR) return;
    this.#errorBody.push(bytes);
    this.#errorBytes += bytes.length;
  }

  #openWatcher(first: Buffer | undefined): Watcher | undefined {
    if (this.#protocol === undefined) return undefined;
    const opened = openWatcher(this.#protocol, this.#operation, this.#mediaType(), first, this);
    this.#isStream = opened.stream;
    this.#watcher = opened.watcher;
    // A body is an answer from its first byte on; of a stream the watcher has to say.
    if (!opened.stream) this.#flow?.answering?.();
    return opened.watcher;
  }

  #mediaType(): string {
    return this.#head?.headers['content-type']?.toLowerCase() ?? '';
  }

  frame(bytes: Buffer, kind: FrameKind): void {
    if (this.#settle === undefined) return;
    if (!this.#started && (kind === 'prelude' || (kind === 'usage' && this.#earlyBytes < MOST_PRELUDE))) {
      this.#keepBack(bytes, kind);
      return;
    }
    if (!this.#started) this.#start();
    passOn(this.#to, bytes, kind, this.#flow);
    if (kind === 'terminal') this.#succeed();
  }

  fault(error: GatewayError): void {
    const refused = !this.#started && error.detail.upstream !== undefined;
    this.#fail(error, refused ? noUsage : this.#lost());
    this.cancel.request('the reply failed');
  }

  #keepBack(bytes: Buffer, kind: FrameKind): void {
    this.#early.push({ bytes, kind });
    this.#earlyBytes += bytes.length;
    // Some openings repeat the call, more than once.
    if (this.#earlyBytes <= MOST_PRELUDE + MOST_ECHOES * this.#call.wire.bytes.length) return;
    this.fault(new GatewayError('upstream_garbled', 'The upstream sent a long opening and no answer.'));
  }

  #start(): void {
    this.#started = true;
    this.#flow?.answering?.();
    this.#breaker.answered();
    const at = this.#clock.now() - this.#call.receipt.arrived;
    this.#note.firstContentAt = at;
    this.#call.receipt.firstContentAt ??= at;
    const head = this.#head;
    if (head === undefined || this.#protocol === undefined) return;
    this.#to.start({
      status: 200,
      protocol: this.#protocol,
      stream: this.#isStream,
      operation: this.#operation,
      rewritten: this.#rewritten,
      mediaType: head.headers['content-type'],
      headers: passedOn(head.headers),
    });
    for (const { bytes, kind } of this.#early) passOn(this.#to, bytes, kind, this.#flow);
    this.#early = [];
  }

  #ended(end: WireEnd): void {
    if (this.#settle === undefined) return;
    if (!end.ok) {
      this.#sent ||= end.sent;
      this.#fail(end.error);
      return;
    }
    const watcher = this.#watcher ?? (this.#isReply ? this.#openWatcher(undefined) : undefined);
    if (watcher === undefined) this.#turnedDown(this.#readError());
    else this.#endReply(watcher);
  }

  #endReply(watcher: Watcher): void {
    try {
      watcher.end();
    } catch (error) {
      this.#fail(error instanceof GatewayError ? error : unreadable(error));
    }
  }

  #turnedDown(error: GatewayError): void {
    if (error.code === 'upstream_auth') this.#target.upstream.signer?.refused?.();
    this.#fail(error);
  }

  #readError(): GatewayError {
    const head = this.#head;
    if (head === undefined || this.#protocol === undefined) return unreadable(undefined);
    return readError(
      this.#protocol,
      this.#operation,
      head,
      Buffer.concat(this.#errorBody),
      this.#target.upstream,
    );
  }

  #succeed(): void {
    this.#note.outcome = 'ok';
    // Counting tokens uses none.
    const usage = this.#call.operation === 'count' ? noUsage : this.#usage();
    this.#over({ ok: true, usage, note: this.#note });
  }

  #fail(error: GatewayError, usage = this.#lost()): void {
    if (this.#settle === undefined) return;
    this.#note.outcome = error.code;
    this.#note.message = error.message;
    this.#over({ ok: false, error, started: this.#started, usage, note: this.#note });
  }

  #over(outcome: Outcome): void {
    if (outcome.usage !== noUsage) this.#note.usage = outcome.usage;
    this.#note.endedAt = this.#clock.now() - this.#call.receipt.arrived;
    this.#target.upstream.load.inflight -= 1;
    this.#slot.leave(this.#call, this.#note);
    this.#to.cancel.forget(this.#leave);
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }

  /**
   * Of an attempt that failed. An upstream that has the call works on it, and bills it, whoever leaves: only
   * one that never got it or turned it down used nothing. What it stated so far may be a first guess, what was
   * seen is not.
   */
  #lost(): Usage {
    const turnedDown = this.#head !== undefined && !isSuccess(this.#head.status);
    if (!this.#sent || turnedDown || this.#call.operation === 'count') return noUsage;
    const usage = this.#usage();
    const seen = this.#seen();
    return seen > usage.output ? { ...usage, output: seen, estimated: true } : usage;
  }

  /** The upstream's own figures, or an estimate. */
  #usage(): Usage {
    const stated = this.#watcher?.usage;
    return stated ?? unstatedUsage(this.#call, this.#target, this.#operation, this.#protocol, this.#seen());
  }

  #seen(): number {
    return seenOutput(this.#operation, this.#watcher);
  }
}

function asFailure(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError('internal', 'The transport failed.', { cause });
}

function unreadable(cause: unknown): GatewayError {
  return new GatewayError('upstream_garbled', "The upstream's reply cannot be read.", { cause });
}
