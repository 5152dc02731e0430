// emit: the reply in the caller's dialect. Same dialect and shape: bytes go on as they came. Otherwise
// the same frames are decoded and encoded. The only place where errors are written.
import { GatewayError } from '../../canonical/errors.ts';
import type { CallId } from '../../canonical/ids.ts';
import { ledgerHeader } from '../../canonical/ledger.ts';
import type { FrameKind, Protocol, ReplyDecoder, ReplyEncoder } from '../../canonical/protocol.ts';
import type { LimitStates, ReceiptDraft } from '../../canonical/receipt.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Call, End, Head, Receiver } from '../stage.ts';
import type { Outlet } from './outlet.ts';

export interface EmitParts {
  readonly face: Protocol;
  readonly callId: CallId;
  readonly outlet: Outlet;
  readonly cancel: Cancel;
  readonly receipt: ReceiptDraft;
}

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
    if (call.stream)
      this.#begin(
        head.status,
        { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
        undefined,
      );
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
    this.#begin(this.#head?.status ?? 200, { 'content-type': 'application/json' }, bytes.length);
    this.#parts.outlet.end(bytes);
  }

  #event(event: ReplyEvent): void {
    if (event.type === 'error') throw event.error;
    if (this.#encoder !== undefined) this.#text += this.#encoder.event(event);
  }

  #begin(status: number, own: WireHeaders, length: number | undefined): void {
    this.#begun = true;
    this.#parts.outlet.begin(status, { ...this.#head?.headers, ...own, ...this.#story() }, length);
  }

  #fail(error: GatewayError): void {
    const { outlet, face, callId } = this.#parts;
    if (error.code === 'client_gone') {
      outlet.cut();
    } else if (!this.#begun) {
      const { status, body, headers } = face.encodeError(error, callId);
      this.#head = undefined;
      const bytes = Buffer.from(body);
      outlet.begin(
        status,
        { ...headers, 'content-type': 'application/json', ...this.#story() },
        bytes.length,
      );
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

  /** What became of the call so far, in headers anybody can read. */
  #story(): Record<string, string> {
    const { receipt, callId } = this.#parts;
    const headers: Record<string, string> = { 'x-request-id': callId };
    if (receipt.model !== undefined) headers['x-signalbox-model'] = printable(receipt.model);
    if (receipt.upstream !== undefined) {
      headers['x-signalbox-upstream'] = printable(`${receipt.upstream}/${receipt.upstreamModel ?? ''}`);
    }
    if (receipt.attempts.length > 0) {
      headers['x-signalbox-attempts'] = String(receipt.attempts.length);
      headers['server-timing'] = timing(receipt);
    }
    if (receipt.cache !== 'off') headers['x-signalbox-cache'] = receipt.cache;
    if (receipt.changed !== undefined && receipt.changed.length > 0) {
      headers['x-signalbox-changed'] = printable(receipt.changed.join('; '));
    }
    if (receipt.ledger !== undefined && receipt.ledger.length > 0) {
      headers['x-signalbox-translation'] = ledgerHeader(receipt.ledger);
    }
    if (receipt.limits !== undefined) stateLimits(receipt.limits, headers);
    return headers;
  }
}

/** Milliseconds: ours before the first attempt, and from there to the first content. */
function timing({ attempts, firstContentAt }: ReceiptDraft): string {
  const ours = attempts[0]?.startedAt ?? 0;
  const own = `gateway;dur=${ours.toFixed(2)}`;
  return firstContentAt === undefined ? own : `${own}, upstream;dur=${(firstContentAt - ours).toFixed(2)}`;
}

/** The tightest limits of the caller, in the names clients already read. */
function stateLimits(limits: LimitStates, headers: Record<string, string>): void {
  for (const of of ['requests', 'tokens'] as const) {
    const state = limits[of];
    if (state === undefined) continue;
    headers[`x-ratelimit-limit-${of}`] = String(state.limit);
    headers[`x-ratelimit-remaining-${of}`] = String(state.remaining);
    headers[`x-ratelimit-reset-${of}`] = `${Math.ceil(state.reset / 1000)}s`;
  }
}

function printable(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return text.replace(/[^\x20-\x7e]/g, '?');
  }
  return text;
}
