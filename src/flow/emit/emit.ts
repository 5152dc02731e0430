// emit: the reply in the caller's dialect. Same dialect and shape: bytes go on as they came. Otherwise
// the same frames are decoded and encoded. The end of an answer is kept until the call is over and on
// record. A keepalive may open the answer before anybody has begun one. The only place where errors are written.

import type { CallWire } from '../../canonical/call-wire.ts';
import { isErrand } from '../../canonical/errand.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import type { CallId } from '../../canonical/ids.ts';
import type { FrameKind, Protocol } from '../../canonical/protocol.ts';
import type { ReceiptDraft } from '../../canonical/receipt.ts';
import type { Keeping } from '../../canonical/turns.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Seals } from '../../ports.ts';
import type { Call, End, Head, Receiver } from '../stage.ts';
import { canTellErrors, suitedErrand, translateErrand } from './errand-answer.ts';
import type { Outlet } from './outlet.ts';
import { joined, textOf } from './pieces.ts';
import { type Keepalives, Pulse, type Speaker } from './pulse.ts';
import { Retelling } from './retelling.ts';
import { passOn, tellStory } from './story.ts';

export interface EmitParts {
  readonly face: Protocol;
  readonly callId: CallId;
  readonly outlet: Outlet;
  readonly cancel: Cancel;
  readonly receipt: ReceiptDraft;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly seals?: Seals | undefined;
  /** Without it nobody is kept alive. */
  readonly keepalives?: Keepalives | undefined;
}

const JSON_BODY = ['content-type', 'application/json'];
const UNKNOWN = 'application/octet-stream';
const NOTHING = Buffer.alloc(0);
const ALWAYS_TOLD = new Set(['content-type', 'x-request-id', 'request-id']);

type Mode = 'waiting' | 'same' | 'translated' | 'over';

export class Emitter implements Receiver, Speaker {
  readonly cancel: Cancel;
  readonly #parts: EmitParts;
  #call: Call | undefined = undefined;
  #mode: Mode = 'waiting';
  /** The response is open; something of the answer itself has gone out. */
  #begun = false;
  #spoken = false;
  #pulse: Pulse | undefined = undefined;
  #head: Head | undefined = undefined;
  #showUsage = true;
  /** Does the answer leave piece by piece? */
  #streams = false;
  #retelling: Retelling | undefined = undefined;
  /** The end of a stream, or all of a body: it leaves when the call is over. */
  readonly #kept: (Buffer | string)[] = [];
  /** Of the caller's call, history and all. */
  #whole: CallWire | undefined = undefined;
  /** What the reply is to say of being kept, where its upstream cannot know. */
  #keeping: Keeping | undefined = undefined;
  /** For dialects whose errors go on from what the stream has said. */
  #soFar: { readonly opening: string; last: Buffer | string } | undefined = undefined;

  constructor(parts: EmitParts) {
    this.#parts = parts;
    this.cancel = parts.cancel;
  }

  /** What the caller asked for; known once accept has read it. */
  expect(call: Call): void {
    this.#call = call;
    if (call.stream && !isErrand(call.operation)) this.#keepTime(call.face);
  }

  get model(): string | undefined {
    return this.#parts.receipt.model;
  }

  /** What went out so far is whole events. Whatever fails from here on has no status any more, but may fail over. */
  keepAlive(): boolean {
    const { outlet, face, receipt, cancel } = this.#parts;
    if (outlet.blocked || cancel.requested) return false;
    if (!this.#begun) {
      this.#streams = true;
      this.#beginStream();
    }
    receipt.keepalives += 1;
    const headers = this.#call?.headers ?? {};
    outlet.write(this.#piece(face.keepaliveAfter?.(this.#soFar?.last, headers) ?? face.keepalive));
    return true;
  }

  /** Nothing goes out any more that nobody asked for. */
  hush(): void {
    this.#pulse?.stop();
  }

  #keepTime({ keepalive }: Protocol): void {
    const { keepalives } = this.#parts;
    if (keepalives === undefined || keepalives.least === Number.POSITIVE_INFINITY || keepalive === '') return;
    this.#pulse = new Pulse(keepalives, this);
  }

  start(head: Head): void {
    const call = this.#call;
    if (call === undefined || this.#mode !== 'waiting') return;
    this.#head = head;
    const errand = isErrand(call.operation);
    this.#streams = errand ? head.stream : call.stream;
    this.#showUsage = errand || call.operation === 'count' || call.face.wantsUsage(call.wire);
    const same = isSame(head, call, this.#streams);
    this.#mode = same ? 'same' : 'translated';
    if (same && call.operation === 'chat') this.#keeping = call.face.turns?.keeping(call.wire);
    if (errand && this.#streams && canTellErrors(call, head.mediaType)) this.#keepTime(call.face);
    if (!same && !errand) {
      this.#retelling = new Retelling(call, head, this.#parts, this.#showUsage, this.#whole ?? call.wire);
    }
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    if (this.#mode !== 'same' && this.#mode !== 'translated') return true;
    const out = this.#mode === 'same' ? this.#shown(bytes, kind) : this.#translate(bytes);
    if (out.length === 0) return true;
    if (kind !== 'terminal' && this.#streams) return this.#write(out);
    this.#kept.push(out);
    return true;
  }

  drained(): Promise<void> {
    return this.#parts.outlet.drained();
  }

  recalled(wire: CallWire): void {
    this.#whole = wire;
  }

  ending(): string {
    return textOf(this.#kept);
  }

  unkept(): void {
    const turns = this.#call?.face.turns;
    const keeping = this.#call === undefined ? undefined : turns?.keeping(this.#call.wire);
    if (turns === undefined || keeping === undefined) return;
    for (const [at, piece] of this.#kept.entries()) {
      this.#kept[at] = turns.restate(Buffer.from(piece), { ...keeping, kept: false });
    }
  }

  /** The call is over and on record: the end of the answer may go, or the error in its place. */
  finish(end: End): void {
    if (this.#mode === 'over') return;
    this.#mode = 'over';
    this.hush();
    if (!end.ok) this.#fail(end.error);
    else if (this.#streams) {
      if (!this.#begun) this.#beginStream();
      this.#parts.outlet.end(joined(this.#kept));
    } else this.#endBody();
  }

  #shown(bytes: Buffer, kind: FrameKind): Buffer {
    if (kind === 'terminal' && !this.#streams && this.#call !== undefined)
      return this.#restated(suitedErrand(this.#call, bytes));
    return kind === 'usage' && !this.#showUsage ? NOTHING : this.#restated(bytes);
  }

  #restated(bytes: Buffer): Buffer {
    if (this.#keeping === undefined) return bytes;
    return this.#call?.face.turns?.restate(bytes, this.#keeping) ?? bytes;
  }

  #translate(bytes: Buffer): Buffer | string {
    if (this.#retelling === undefined) return this.#translateWhole(bytes);
    const text = this.#retelling.read(bytes);
    return this.#streams ? this.#piece(text) : text;
  }

  #translateWhole(bytes: Buffer): string {
    if (this.#call === undefined || this.#head === undefined) return '';
    const { text, losses } = translateErrand(this.#call, this.#head, bytes, this.#upstreamModel());
    this.#parts.receipt.replyLedger = losses;
    return text;
  }

  #upstreamModel(): string {
    return this.#parts.receipt.upstreamModel ?? this.#call?.model ?? '';
  }

  #write(out: Buffer | string): boolean {
    if (this.#pulse !== undefined) this.#pulse.spoke = true;
    if (!this.#spoken) this.#speak(out);
    else if (this.#soFar !== undefined) this.#soFar.last = out;
    return this.#parts.outlet.write(out);
  }

  #speak(first: Buffer | string): void {
    this.#spoken = true;
    if (!this.#begun) this.#beginStream();
    const opening = this.#parts.face.noteOpening?.(first);
    if (opening !== undefined) this.#soFar = { opening, last: first };
  }

  /** A piece of the stream as it leaves the house. */
  #piece(text: string): Buffer | string {
    return this.#parts.face.binaryStream === true ? Buffer.from(text, 'latin1') : text;
  }

  #beginStream(): void {
    const errand = this.#call !== undefined && isErrand(this.#call.operation);
    const type = errand ? (this.#head?.mediaType ?? UNKNOWN) : this.#parts.face.streamType;
    const stated = type.startsWith('text/') && !type.includes(';') ? `${type}; charset=utf-8` : type;
    const headers = ['content-type', stated, 'cache-control', 'no-cache'];
    this.#begin(this.#head?.status ?? 200, headers, undefined);
  }

  #endBody(): void {
    const whole = joined(this.#kept) ?? NOTHING;
    const bytes = typeof whole === 'string' ? Buffer.from(whole) : whole;
    this.#begin(this.#head?.status ?? 200, [...JSON_BODY], bytes.length);
    this.#parts.outlet.end(bytes);
  }

  #begin(status: number, headers: string[], length: number | undefined): void {
    const { outlet, receipt } = this.#parts;
    this.#begun = true;
    tellStory(receipt, headers, this.#mode !== 'waiting');
    // Each dialect's SDK looks for the id under a name of its own.
    const { requestIdHeader } = this.#parts.face;
    if (requestIdHeader !== 'x-request-id') headers.push(requestIdHeader, receipt.id);
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
      this.#begin(status, errorHeaders(headers, error), bytes.length);
      outlet.end(bytes);
    } else if (this.#call !== undefined && !canTellErrors(this.#call, this.#head?.mediaType)) outlet.cut();
    else outlet.end(this.#piece(face.encodeStreamError(error, callId, this.#soFar)));
  }
}

function isSame(head: Head, { face, operation }: Call, streams: boolean): boolean {
  if (head.protocol.id !== face.id || head.rewritten) return false;
  return head.operation === operation && head.stream === streams;
}

/** What the dialect adds, less what every answer has; and the upstream's id of the call, for its support. */
function errorHeaders(own: WireHeaders, error: GatewayError): string[] {
  const headers = [...JSON_BODY];
  for (const name in own) if (!ALWAYS_TOLD.has(name)) headers.push(name, own[name] as string);
  const id = error.detail.upstream?.requestId;
  if (id !== undefined && /^[\x20-\x7e]{1,200}$/.test(id))
    headers.push('x-signalbox-upstream-request-id', id);
  return headers;
}
