// One try at the upstream that holds something: an answer of JSON, read whole, or the bytes of a file, passed
// on at the pace at which they are read. No other upstream could be tried.
import { parseObject } from '../canonical/call-wire.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/json.ts';
import type { AttemptNote } from '../canonical/receipt.ts';
import type { WireCall, WireEnd, WireFlow, WireHead, WireHeaders, WireReceiver } from '../canonical/wire.ts';
import { compressed, fixedHeaders, isSuccess, passOn } from '../flow/dispatch/exchange-parts.ts';
import { readError } from '../flow/dispatch/read-error.ts';
import { signed } from '../flow/dispatch/signed.ts';
import type { Receiver, Upstream } from '../flow/stage.ts';
import { Cancel } from '../lib/cancel.ts';
import type { HeldCall } from './call.ts';
import { notFound } from './custody.ts';

export interface AttemptWish {
  readonly upstream: Upstream;
  readonly kind: HeldCall['kind'];
  readonly method: WireCall['method'];
  /** What follows the path of its kind, from the slash on. */
  readonly below: string;
  /** What it is about; undefined for something new. */
  readonly id?: string;
  readonly body?: readonly Buffer[];
  readonly mediaType?: string;
}

export interface Answer {
  readonly body: JsonObject;
  readonly bytes: Buffer;
  /** Of the try, for the receipt. */
  readonly note: AttemptNote;
}

const MOST_ANSWER = 4 * 1024 * 1024;
const MOST_ERROR = 64 * 1024;
const SHOWN = ['content-disposition'];

/** `to`: who takes the bytes of a file; undefined for an answer of JSON. */
export class HeldAttempt implements WireReceiver {
  readonly #call: HeldCall;
  readonly #wish: AttemptWish;
  readonly #to: Receiver | undefined;
  readonly #cancel = new Cancel();
  #head: WireHead | undefined = undefined;
  #isReply = false;
  #fault: GatewayError | undefined = undefined;
  readonly #kept: Buffer[] = [];
  #size = 0;

  private constructor(call: HeldCall, wish: AttemptWish, to: Receiver | undefined) {
    this.#call = call;
    this.#wish = wish;
    this.#to = to;
  }

  /** Rejects with a GatewayError. */
  static async ask(call: HeldCall, wish: AttemptWish, caller: Cancel, now: () => number): Promise<Answer> {
    const attempt = new HeldAttempt(call, wish, undefined);
    const note = await attempt.#run(caller, now);
    const bytes = Buffer.concat(attempt.#kept, attempt.#size);
    try {
      return { body: parseObject(bytes), bytes, note };
    } catch (cause) {
      throw new GatewayError(
        'upstream_garbled',
        'The upstream answered with something that is no JSON object.',
        {
          cause,
        },
      );
    }
  }

  /** The bytes of an answer go on as they come. */
  static async pass(call: HeldCall, wish: AttemptWish, to: Receiver, now: () => number): Promise<void> {
    await new HeldAttempt(call, wish, to).#run(to.cancel, now);
  }

  async #run(caller: Cancel, now: () => number): Promise<AttemptNote> {
    const { upstream } = this.#wish;
    const { receipt } = this.#call;
    const leave = (): void => this.#cancel.request(caller.reason ?? 'the caller left');
    const wire = this.#wire();
    const note: AttemptNote = {
      target: upstream.name,
      startedAt: now() - receipt.arrived,
      outcome: 'running',
    };
    receipt.upstream ??= upstream.name;
    receipt.attempts.push(note);
    caller.onRequest(leave);
    upstream.load.inflight += 1;
    try {
      const proven = upstream.signer === undefined ? wire : await signed(wire, upstream.signer);
      this.#judge(await upstream.transport.send(proven, this));
      note.outcome = 'ok';
      return note;
    } catch (cause) {
      note.outcome = cause instanceof GatewayError ? cause.code : 'internal';
      throw cause;
    } finally {
      upstream.load.inflight -= 1;
      caller.forget(leave);
      note.endedAt = now() - receipt.arrived;
      if (this.#head !== undefined) note.status = this.#head.status;
    }
  }

  #wire(): WireCall {
    const { upstream, kind, method, below, body = [], mediaType } = this.#wish;
    const { face, headers } = this.#call;
    return {
      origin: upstream.origin,
      method,
      path: placeAt(pathOf(upstream, face.id, kind), below),
      headers: {
        ...(mediaType === undefined ? {} : { 'content-type': mediaType }),
        ...fixedHeaders(upstream, face.id),
        ...(headers['traceparent'] === undefined ? {} : { traceparent: headers['traceparent'] }),
      },
      body,
      timers: upstream.timers,
      // A file is as large as it is.
      most: Number.POSITIVE_INFINITY,
      cancel: this.#cancel,
    };
  }

  head(head: WireHead): void {
    this.#head = head;
    if (!isSuccess(head.status)) return;
    const packed = compressed(head, 'answer');
    if (packed !== undefined) {
      this.#break(packed);
      return;
    }
    this.#isReply = true;
    const { face, operation } = this.#call;
    this.#to?.start({
      status: 200,
      protocol: face,
      stream: true,
      operation,
      rewritten: false,
      mediaType: head.headers['content-type'],
      headers: shown(head.headers),
    });
  }

  data(bytes: Buffer, flow: WireFlow): void {
    flow.answering?.();
    if (this.#isReply && this.#to !== undefined) passOn(this.#to, bytes, 'content', flow);
    else if (this.#isReply && this.#size + bytes.length > MOST_ANSWER) {
      const message = 'The upstream sent a longer answer than such an answer can be.';
      this.#break(new GatewayError('upstream_garbled', message));
    } else if (this.#isReply || this.#size < MOST_ERROR) {
      this.#kept.push(bytes);
      this.#size += bytes.length;
    }
  }

  #break(fault: GatewayError): void {
    this.#fault ??= fault;
    this.#cancel.request('the answer is none');
  }

  #judge(end: WireEnd): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (!end.ok) throw end.error;
    if (this.#isReply || this.#head === undefined) return;
    const { kind, id, upstream } = this.#wish;
    if (this.#head.status === 404 && id !== undefined) throw notFound(kind, id);
    throw readError(this.#call.face, kind, this.#head, Buffer.concat(this.#kept, this.#size), upstream);
  }
}

/** Has it such things at all, in this dialect? */
export function holds(upstream: Upstream, protocol: string, kind: HeldCall['kind']): boolean {
  const speaks = upstream.protocols.some(({ id }) => id === protocol);
  return speaks && upstream.path(protocol, kind, false, '') !== undefined;
}

function pathOf(upstream: Upstream, protocol: string, kind: HeldCall['kind']): string {
  const path = upstream.path(protocol, kind, false, '');
  if (path !== undefined) return path;
  throw new GatewayError('unsupported', `The upstream "${upstream.name}" does not take calls of this kind.`);
}

/** Some state a version behind their paths. */
function placeAt(path: string, below: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path + below : path.slice(0, query) + below + path.slice(query);
}

function shown(headers: WireHeaders): WireHeaders {
  const found: Record<string, string> = {};
  for (const name of SHOWN) if (headers[name] !== undefined) found[name] = headers[name];
  return found;
}
