// Stands between the attempts of a call and its caller, where the model allows rescue. It reads the answer along and
// writes it anew in the caller's dialect, so that another attempt can go on with it: one reply, one head, one end,
// with a mark at the seam. Whoever is further out sees nothing but an answer in the caller's own dialect.
import type { CallContent } from '../../../canonical/content.ts';
import { estimatedInput } from '../../../canonical/estimate.ts';
import type { FrameKind, ReplyDecoder, ReplyEncoder } from '../../../canonical/protocol.ts';
import type { Seam } from '../../../canonical/receipt.ts';
import type { ReplyEvent } from '../../../canonical/reply.ts';
import { USUAL_BYTES_PER_TOKEN } from '../../../canonical/token-ratios.ts';
import { noUsage, type Usage, usageSum } from '../../../canonical/usage.ts';
import type { Cancel } from '../../../lib/cancel.ts';
import type { Head, Planned, Receiver } from '../../stage.ts';
import type { Outcome } from '../attempt.ts';
import { bytesPerToken } from '../count.ts';
import { Splice, Spoken } from './splice.ts';

const ANEW = 'written anew, so that another target may go on with it: ids and unknown fields may be lost';

export class Rescuer implements Receiver {
  readonly cancel: Cancel;
  readonly #call: Planned;
  readonly #to: Receiver;
  readonly #spoken = new Spoken();
  #encoder: ReplyEncoder | undefined = undefined;
  #decoder: ReplyDecoder | undefined = undefined;
  #splice: Splice | undefined = undefined;
  #seam: Seam | undefined = undefined;
  #spent = noUsage;
  /** Of the attempt that speaks. */
  #usageTold = false;
  #deltas = 0;
  #text = '';

  constructor(call: Planned, to: Receiver) {
    this.#call = call;
    this.#to = to;
    this.cancel = to.cancel;
  }

  /** The words so far, if another may go on with them. */
  get spoken(): string | undefined {
    return this.#encoder !== undefined && this.#spoken.canGoOn ? this.#spoken.text : undefined;
  }

  /** The next attempt goes on with the answer; `spent` by all before it. */
  goOn(seam: Seam, spent: Usage): void {
    this.#seam = seam;
    this.#spent = spent;
    this.#decoder = undefined;
    this.#usageTold = false;
    this.#deltas = 0;
  }

  start(head: Head): void {
    if (this.#encoder === undefined) this.#begin(head);
    if (this.#seam !== undefined) {
      const say = (event: ReplyEvent): void => this.#say(event);
      this.#splice = new Splice(this.#spoken, this.#seam.by, this.#spent, say);
    }
    this.#decoder = head.protocol.decoder(head.stream, (event) => this.#read(event), head.operation);
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    this.#text = '';
    this.#decoder?.push(bytes);
    const out = Buffer.from(this.#text);
    if (kind === 'terminal') return this.#to.frame(out, kind);
    return out.length === 0 ? true : this.#to.frame(out, 'content');
  }

  drained(): Promise<void> {
    return this.#to.drained();
  }

  #begin(head: Head): void {
    const { face, operation, receipt, id, wire } = this.#call;
    this.#encoder = face.encoder({
      stream: true,
      includeUsage: face.wantsUsage(wire),
      created: Math.floor(receipt.arrivedWall / 1000),
      callId: id,
      operation,
      asked: wire,
    });
    // Without rescue these bytes would have gone through as they are.
    if (head.protocol.id === face.id && !head.rewritten) this.#encoder.ledger.approximated('reply', ANEW);
    receipt.replyLedger = this.#encoder.ledger.entries;
    this.#to.start({
      status: 200,
      protocol: face,
      stream: true,
      operation,
      rewritten: false,
      mediaType: face.streamType,
      headers: head.headers,
    });
  }

  #read(event: ReplyEvent): void {
    if (event.type === 'error') throw event.error;
    if (event.type === 'delta') this.#deltas += 1;
    if (this.#splice === undefined) this.#say(event);
    else this.#splice.read(event);
  }

  #say(event: ReplyEvent): void {
    if (this.#seam !== undefined && event.type === 'delta') this.#markSeam(this.#seam);
    if (event.type === 'usage') this.#usageTold = true;
    if (event.type === 'end' && !this.#usageTold) this.#write({ type: 'usage', usage: this.#estimate() });
    this.#spoken.hear(event);
    this.#write(event.type === 'start' ? this.#named(event) : event);
  }

  /** Once, before the first new word. */
  #markSeam(seam: Seam): void {
    this.#seam = undefined;
    this.#call.receipt.seam = { ...seam };
    this.#write({ type: 'ping', note: { seam: { ...seam } } });
  }

  #named(event: Extract<ReplyEvent, { type: 'start' }>): ReplyEvent {
    if (event.model !== '') return event;
    return { ...event, model: this.#call.receipt.upstreamModel ?? this.#call.model };
  }

  /** Dialects that always state usage must not state zero because the upstream kept silent: what the bill says. */
  #estimate(): Usage {
    const { upstream, upstreamModel } = this.#call.receipt;
    const target = this.#call.targets.find(
      (one) => one.upstream.name === upstream && one.model === upstreamModel,
    );
    const fresh = estimatedInput(this.#call.wire, target === undefined ? undefined : bytesPerToken(target));
    return usageSum(this.#spent, { ...noUsage, fresh, output: this.#deltas, estimated: true });
  }

  #write(event: ReplyEvent): void {
    this.#text += this.#encoder?.event(event) ?? '';
  }
}

/** Undefined for calls that nobody can go on with: whole answers, tools, prescribed forms, several choices. */
export function rescuerOf(call: Planned, to: Receiver): Rescuer | undefined {
  if (call.virtual.rescue !== true || !call.stream || call.operation !== 'chat') return undefined;
  if (call.face.binaryStream === true || call.targets.length < 2) return undefined;
  const content = readable(call);
  if (content === undefined) return undefined;
  const { tools, serverTools, format, n = 1, logprobs } = content;
  const isPlain = format === undefined || format.type === 'text';
  const isFree = tools.length === 0 && serverTools.length === 0 && n === 1 && logprobs === undefined;
  return isPlain && isFree ? new Rescuer(call, to) : undefined;
}

/** Whether what we cannot read is wrong is for the upstream to say: bytes it would take must reach it. */
function readable(call: Planned): CallContent | undefined {
  try {
    return call.wire.content();
  } catch {
    return undefined;
  }
}

/** The answer broke off, through no fault of its caller's, and another may go on with it. */
export function isRescuable(rescuer: Rescuer, outcome: Outcome): outcome is Extract<Outcome, { ok: false }> {
  if (outcome.ok || !outcome.started || rescuer.cancel.requested) return false;
  return outcome.error.blame === 'upstream' && rescuer.spoken !== undefined;
}

/** The call with the words so far, to be gone on from: they are a part of what it may say at most. */
export function withWords(call: Planned, text: string): Planned {
  const content = call.wire.content();
  const words = { role: 'assistant', blocks: [{ type: 'text', text }] } as const;
  const messages = [...content.messages, words];
  const { maxTokens } = content;
  const left = maxTokens === undefined ? {} : { maxTokens: Math.max(1, maxTokens - tokensOf(text)) };
  return { ...call, instead: { ...content, ...left, messages, unfinished: true } };
}

function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / USUAL_BYTES_PER_TOKEN);
}
