// One call on one connection: writes it, reads the reply's head and body, keeps its deadlines.
import { GatewayError } from '../canonical/errors.ts';
import type { WireCall, WireEnd, WireFlow, WireReceiver } from '../canonical/wire.ts';
import type { Timed } from '../lib/deadlines.ts';
import { inSeconds } from '../lib/seconds.ts';
import { ChunkedBody } from './chunked.ts';
import type { Connection } from './connection.ts';
import { garbled, type ParsedHead, parseHead } from './head-parser.ts';

const MOST_HEAD = 64 * 1024;
const MOST_INTERIM = 8;
/** Several times the longest answer there could be, each of its words with all that is said of it. */
const MOST_BODY = 512 * 1024 * 1024;
const HANGUP_RACE = 1_000;

type Phase = 'connecting' | 'waiting' | 'body' | 'over';

export class Exchange implements Timed, WireFlow {
  readonly wire: WireCall;
  deadline = Number.POSITIVE_INFINITY;
  place = -1;
  readonly #to: WireReceiver;
  readonly #clock: { now(): number };
  readonly #settle: (end: WireEnd) => void;
  readonly #totalDeadline: number;
  /** The silence that is too long now, and when there must be more than signs of life. */
  #silence = 0;
  #limit: number;
  #answering = false;
  #connection: Connection | undefined = undefined;
  #phase: Phase = 'connecting';
  #sent = false;
  #begunAt = 0;
  #head = '';
  #interim = 0;
  #framing: ParsedHead['body'] = { kind: 'none' };
  #keepAlive = false;
  #left = 0;
  #chunked: ChunkedBody | undefined = undefined;
  #paused = false;
  /** Bytes of body that may still come. */
  #room: number;
  readonly #onCancel = (): void => this.#cancelled();

  constructor(wire: WireCall, to: WireReceiver, clock: { now(): number }, settle: (end: WireEnd) => void) {
    this.wire = wire;
    this.#to = to;
    this.#clock = clock;
    this.#settle = settle;
    this.#room = wire.most ?? MOST_BODY;
    const now = clock.now();
    this.#totalDeadline = now + wire.timers.total;
    this.#limit = this.#totalDeadline;
    this.#wait(now, wire.timers.connect);
    wire.cancel.onRequest(this.#onCancel);
  }

  get over(): boolean {
    return this.#phase === 'over';
  }

  /**
   * Sent a moment ago, and no byte of a reply seen: a reused connection that closes now did so before it
   * read the call. Later, the upstream may have begun to work on it, and a second time would be paid twice.
   */
  get unheard(): boolean {
    if (this.#phase !== 'waiting' || this.#head !== '' || this.#interim > 0) return false;
    return this.#clock.now() - this.#begunAt < HANGUP_RACE;
  }

  /** The connection takes the call; false when the call was over before a connection was there. */
  begin(connection: Connection): boolean {
    if (this.#phase === 'over') return false;
    this.#connection = connection;
    this.#phase = 'waiting';
    this.#sent = true;
    this.#begunAt = this.#clock.now();
    const { firstByte, firstContent } = this.wire.timers;
    this.#silence = firstByte;
    this.#limit = Math.min(this.#begunAt + Math.max(firstByte, firstContent), this.#totalDeadline);
    this.#wait(this.#begunAt, firstByte);
    return true;
  }

  /** Back to waiting for a connection: the one it had went stale before anything came. */
  rewind(): void {
    this.#connection = undefined;
    this.#phase = 'connecting';
    this.#sent = false;
    this.#limit = this.#totalDeadline;
    this.#wait(this.#clock.now(), this.wire.timers.connect);
  }

  answering(): void {
    if (this.#answering || this.#phase === 'over') return;
    this.#answering = true;
    this.#silence = this.wire.timers.idle;
    this.#limit = this.#totalDeadline;
    this.#wait(this.#clock.now(), this.#silence);
  }

  pause(): void {
    if (this.#paused || this.#phase === 'over') return;
    this.#paused = true;
    this.deadline = this.#limit;
    this.#connection?.pause();
  }

  resume(): void {
    if (!this.#paused || this.#phase === 'over') return;
    this.#paused = false;
    this.#wait(this.#clock.now(), this.#silence);
    this.#connection?.resume();
  }

  /** One read. `bytes` is the process's shared read buffer: valid during this call only. */
  read(bytes: Buffer): void {
    try {
      if (this.#phase === 'waiting') this.#readHead(bytes);
      else if (this.#phase === 'body') this.#readBody(bytes);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The upstream closed its side. */
  ended(): void {
    if (this.#phase === 'body' && this.#framing.kind === 'until_close') {
      this.#finish({ ok: true }, false);
      return;
    }
    this.broken(
      this.#phase === 'body'
        ? new GatewayError(
            'upstream_truncated',
            'The upstream closed the connection in the middle of its reply.',
          )
        : new GatewayError('upstream_reset', 'The upstream closed the connection without a reply.'),
    );
  }

  broken(error: GatewayError): void {
    this.#finish({ ok: false, error, sent: this.#sent }, false);
  }

  expire(now: number): void {
    if (now >= this.#totalDeadline) {
      this.#timedOut(`The call took longer than its total time of ${inSeconds(this.wire.timers.total)}.`);
    } else if (this.#phase === 'connecting') {
      this.#timedOut(
        `The upstream did not accept a connection within ${Math.round(this.wire.timers.connect)} ms.`,
      );
    } else if (this.#answering) {
      this.#timedOut(`The upstream went silent for ${inSeconds(this.wire.timers.idle)} mid-reply (idle).`);
    } else {
      this.#timedOut(this.#neverBegan(now));
    }
  }

  #neverBegan(now: number): string {
    const { firstByte, firstContent } = this.wire.timers;
    return now >= this.#limit && firstContent > firstByte
      ? `The upstream showed signs of life, but did not answer within ${inSeconds(firstContent)} (first_content).`
      : `The upstream sent nothing for ${inSeconds(firstByte)} (first_byte).`;
  }

  #timedOut(message: string): void {
    this.broken(new GatewayError('upstream_timeout', message));
  }

  #cancelled(): void {
    const reason = this.wire.cancel.reason ?? 'cancelled';
    this.broken(new GatewayError('client_gone', `The call was cancelled: ${reason}.`));
  }

  #wait(now: number, milliseconds: number): void {
    this.deadline = Math.min(now + milliseconds, this.#limit);
  }

  #readHead(bytes: Buffer): void {
    this.#head += bytes.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#head.length > MOST_HEAD) this.broken(garbled('its header block is too large'));
      return;
    }
    const extra = this.#head.length - end - 4;
    const text = this.#head.slice(0, end);
    this.#head = '';
    this.#takeHead(parseHead(text), bytes.subarray(bytes.length - extra));
  }

  #takeHead(head: ParsedHead, rest: Buffer): void {
    if (head.status < 200) {
      this.#interim += 1;
      if (head.status === 101 || this.#interim > MOST_INTERIM)
        throw garbled('it answers with interim replies only');
      if (rest.length > 0) this.#readHead(rest);
      return;
    }
    this.#phase = 'body';
    this.#framing = head.body;
    this.#keepAlive = head.keepAlive && head.body.kind !== 'until_close';
    this.#left = head.body.kind === 'length' ? head.body.length : 0;
    if (head.body.kind === 'chunked') this.#chunked = new ChunkedBody();
    this.#to.head({ status: head.status, headers: head.headers });
    if (this.over) return;
    this.#wait(this.#clock.now(), this.#silence);
    if (head.body.kind === 'none') this.#complete(rest.length);
    else if (rest.length > 0) this.#readBody(rest);
  }

  #readBody(bytes: Buffer): void {
    this.#room -= bytes.length;
    if (this.#room < 0) throw tooLarge(this.wire.most ?? MOST_BODY);
    if (!this.#paused) this.#wait(this.#clock.now(), this.#silence);
    if (this.#chunked !== undefined) this.#readChunked(this.#chunked, bytes);
    else if (this.#framing.kind === 'length') {
      const take = Math.min(this.#left, bytes.length);
      this.#left -= take;
      this.#to.data(Buffer.from(bytes.subarray(0, take)), this);
      if (this.#left === 0 && !this.over) this.#complete(bytes.length - take);
    } else this.#to.data(Buffer.from(bytes), this);
  }

  #readChunked(body: ChunkedBody, bytes: Buffer): void {
    const data = body.read(bytes);
    if (data !== undefined) this.#to.data(data, this);
    if (body.done && !this.over) this.#complete(bytes.length - body.consumed);
  }

  /** Bytes after the end of a reply were asked for by nobody: that connection is not to be trusted again. */
  #complete(surplus: number): void {
    this.#finish({ ok: true }, this.#keepAlive && surplus === 0);
  }

  #refuse(error: unknown): void {
    if (error instanceof GatewayError) this.broken(error);
    else {
      this.broken(new GatewayError('internal', 'The reply could not be handled.', { cause: error }));
    }
  }

  #finish(end: WireEnd, reusable: boolean): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.deadline = Number.POSITIVE_INFINITY;
    this.wire.cancel.forget(this.#onCancel);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) {
      if (this.#paused && reusable) connection.resume();
      connection.release(reusable);
    }
    this.#settle(end);
  }
}

function tooLarge(most: number): GatewayError {
  return new GatewayError('upstream_garbled', `The upstream's reply is larger than ${most} bytes.`);
}
