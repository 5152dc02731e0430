// emit: the reply in the caller's dialect. Same dialect and shape: bytes go on as they came. Otherwise
// the same frames are decoded and encoded. The only place where errors are written.
import { GatewayError } from '../../canonical/errors.ts';
import type { CallId } from '../../canonical/ids.ts';
import type { FrameKind, Protocol, ReplyDecoder, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReceiptDraft } from '../../canonical/receipt.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Call, End, Head, Receiver } from '../stage.ts';
import type { Outlet } from './outlet.ts';
import { passOn, tellStory } from './story.ts';

export interface EmitParts {
  readonly face: Protocol;
  readonly callId: CallId;
  readonly outlet: Outlet;
  readonly cancel: Cancel;
  readonly receipt: ReceiptDraft;
}

const EVENT_STREAM = ['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache'];
const JSON_BODY = ['content-type', 'application/json'];

type Mode = 'waiting' | 'stream' | 'translated' | 'body' | 'ended';

export class Emitter implements Receiver {
  readonly cancel: Cancel;
  readonly #parts: EmitParts;
  #call: Call | undefined = undefined;
  #mode: Mode = 'waiting';
  #begun = false;
  #head: Head | undefined = undefined;
  #showUsage = true;
  #decoder: ReplyDecoder | undefined = undefined;
  #encoder: ReplyEncoder | undefined = undefined;
  #text = '';

  constructor(parts: EmitParts) {
    this.#parts = parts;
    this.cancel = parts.cancel;
  }

  /** What the caller asked for; known once accept has read it. */
  expect(call: Call): void {
    this.#call = call;
  }

  start(head: Head): void {
    const call = this.#call;
    if (call === undefined || this.#mode !== 'waiting') return;
    this.#head = head;
    this.#showUsage = call.operation === 'count' || call.face.wantsUsage(call.wire);
    if (head.protocol.id === call.face.id && head.stream === call.stream) {
      this.#mode = head.stream ? 'stream' : 'body';
    } else {
      this.#mode = 'translated';
      this.#decoder = head.protocol.decoder(head.stream, (event) => this.#event(event));
      this.#encoder = call.face.encoder({
        stream: call.stream,
        includeUsage: this.#showUsage,
        created: Math.floor(this.#parts.receipt.arrivedWall / 1000),
        callId: this.#parts.callId,
      });
    }
    if (call.stream) this.#begin(head.status, [...EVENT_STREAM], undefined);
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    switch (this.#mode) {
      case 'stream':
        return this.#streamFrame(bytes, kind);
      case 'translated':
        return this.#translate(bytes, kind);
      case 'body':
        this.#wholeBody(bytes);
        return true;
      default:
        return true;
    }
  }

  drained(): Promise<void> {
    return this.#parts.outlet.drained();
  }

  /** Closes what the answer left open; writes the error when it failed. */
  finish(end: End): void {
    if (this.#mode === 'ended') return;
    if (!end.ok) this.#fail(this.#toldAs(end.error));
    else this.#parts.outlet.end();
    this.#mode = 'ended';
  }

  #streamFrame(bytes: Buffer, kind: FrameKind): boolean {
    if (kind === 'terminal') {
      this.#mode = 'ended';
      this.#parts.outlet.end(bytes);
      return true;
    }
    return kind === 'usage' && !this.#showUsage ? true : this.#parts.outlet.write(bytes);
  }

  #translate(bytes: Buffer, kind: FrameKind): boolean {
    this.#decoder?.push(bytes);
    const text = this.#text;
    this.#text = '';
    if (kind !== 'terminal') return text === '' ? true : this.#parts.outlet.write(text);
    this.#parts.receipt.replyLedger = this.#encoder?.ledger.entries;
    if (this.#call?.stream === true) {
      this.#mode = 'ended';
      this.#parts.outlet.end(text);
    } else this.#wholeBody(Buffer.from(text));
    return true;
  }

  #wholeBody(bytes: Buffer): void {
    this.#mode = 'ended';
    this.#begin(this.#head?.status ?? 200, [...JSON_BODY], bytes.length);
    this.#parts.outlet.end(bytes);
  }

  #event(event: ReplyEvent): void {
    if (event.type === 'error') throw event.error;
    if (this.#encoder !== undefined) this.#text += this.#encoder.event(event);
  }

  #begin(status: number, headers: string[], length: number | undefined): void {
    const { outlet, receipt } = this.#parts;
    this.#begun = true;
    tellStory(receipt, headers);
    if (this.#head !== undefined) passOn(this.#head.headers, receipt, headers);
    outlet.begin(status, headers, length);
  }

  #fail(error: GatewayError): void {
    const { outlet, face, callId } = this.#parts;
    if (error.code === 'client_gone') {
      outlet.cut();
    } else if (!this.#begun) {
      const { status, body, headers } = face.encodeError(error, callId);
      const bytes = Buffer.from(body);
      this.#head = undefined;
      this.#begin(status, [...JSON_BODY, ...Object.entries(headers).flat()], bytes.length);
      outlet.end(bytes);
    } else if (this.#call?.stream === true) outlet.end(face.encodeStreamError(error, callId));
    else outlet.cut();
  }

  /** A call we stopped ourselves has a caller who is still there and must be told. */
  #toldAs(error: GatewayError): GatewayError {
    const { outlet, cancel } = this.#parts;
    if (error.code !== 'client_gone' || outlet.gone) return error;
    return new GatewayError(
      'draining',
      `The call was stopped: ${cancel.reason ?? 'the gateway is stopping'}.`,
      {
        remedy: 'Send it again: another gateway, or this one after its restart, will take it.',
        retryAfter: 1,
      },
    );
  }
}
