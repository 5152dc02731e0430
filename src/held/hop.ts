// One exchange with the upstream that holds something: an answer of JSON, read whole, or the bytes of a file, passed
// on at the pace at which they are read. No other upstream could be tried.
import { parseObject } from '../canonical/call-wire.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/json.ts';
import type { AttemptNote } from '../canonical/receipt.ts';
import type { WireCall, WireEnd, WireFlow, WireHead, WireHeaders, WireReceiver } from '../canonical/wire.ts';
import { readError } from '../flow/dispatch/read-error.ts';
import type { Receiver, Upstream } from '../flow/stage.ts';
import { Cancel } from '../lib/cancel.ts';
import type { HeldCall } from './call.ts';
import { notFound } from './custody.ts';

export interface HopWish {
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
  /** Of the exchange, for the receipt. */
  readonly note: AttemptNote;
}

const MOST_ANSWER = 4 * 1024 * 1024;
const MOST_ERROR = 64 * 1024;
const SHOWN = ['content-disposition'];

/** `to`: who takes the bytes of a file; undefined for an answer of JSON. */
export class Hop implements WireReceiver {
  readonly #call: HeldCall;
  readonly #wish: HopWish;
  readonly #to: Receiver | undefined;
  readonly #cancel = new Cancel();
  #head: WireHead | undefined = undefined;
  #isReply = false;
  #fault: GatewayError | undefined = undefined;
  readonly #kept: Buffer[] = [];
  #size = 0;

  private constructor(call: HeldCall, wish: HopWish, to: Receiver | undefined) {
    this.#call = call;
    this.#wish = wish;
    this.#to = to;
  }

  /** Rejects with a GatewayError. */
  static async ask(call: HeldCall, wish: HopWish, caller: Cancel, now: () => number): Promise<Answer> {
    const hop = new Hop(call, wish, undefined);
    const note = await hop.#run(caller, now);
    const bytes = Buffer.concat(hop.#kept, hop.#size);
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
  static async pass(call: HeldCall, wish: HopWish, to: Receiver, now: () => number): Promise<void> {
    await new Hop(call, wish, to).#run(to.cancel, now);
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
      this.#judge(await upstream.transport.send(await signed(wire, upstream), this));
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
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'signalbox',
        ...upstream.provider.authorize(upstream.secret, face.id, upstream.options),
        ...upstream.headers,
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
    if (head.status < 200 || head.status > 299) return;
    const coding = head.headers['content-encoding'];
    if (coding !== undefined && coding !== 'identity') {
      this.#break(`The upstream compressed its answer (${coding}) although told not to.`);
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
    if (this.#isReply && this.#to !== undefined) this.#forward(this.#to, bytes, flow);
    else if (this.#isReply && this.#size + bytes.length > MOST_ANSWER) {
      this.#break('The upstream sent a longer answer than such an answer can be.');
    } else if (this.#isReply || this.#size < MOST_ERROR) {
      this.#kept.push(bytes);
      this.#size += bytes.length;
    }
  }

  #forward(to: Receiver, bytes: Buffer, flow: WireFlow): void {
    if (to.frame(bytes, 'content')) return;
    flow.pause();
    void to.drained().then(() => flow.resume());
  }

  #break(message: string): void {
    this.#fault ??= new GatewayError('upstream_garbled', message);
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

/** What must be fetched to sign a call is waited for no longer than its caller waits. */
async function signed(wire: WireCall, { signer }: Upstream): Promise<WireCall> {
  if (signer === undefined) return wire;
  const { cancel } = wire;
  let leave = (): void => undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new GatewayError('client_gone', 'The caller left before the call could be signed.'));
    cancel.onRequest(leave);
  });
  try {
    const extra = await Promise.race([signer.sign(wire), left]);
    return { ...wire, headers: { ...wire.headers, ...extra } };
  } finally {
    cancel.forget(leave);
  }
}

function shown(headers: WireHeaders): WireHeaders {
  const found: Record<string, string> = {};
  for (const name of SHOWN) if (headers[name] !== undefined) found[name] = headers[name];
  return found;
}
