// Canonical events as one whole Messages body, said at the end.

import { parseInput } from '../../canonical/call-input.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import { encodeError } from './encode-error.ts';
import { encodeHead, messageId, nameStartLosses, type WireHead } from './encode-head.ts';
import { DIALECT, VENDOR } from './origin.ts';
import { encodeFinish, endExtras, unsaidEnd } from './stop-reasons.ts';
import { encodeMessageUsage } from './usage.ts';

type Finish = Extract<ReplyEvent, { type: 'finish' }>;

interface Piece {
  readonly head: WireHead;
  readonly refusal: boolean;
  text: string;
  signature: string;
  readonly citations: Json[];
}

export class BodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #pieces = new Map<number, Piece>();
  #id = '';
  #model = '';
  #usage: Usage = noUsage;
  #usageExtras: JsonObject | undefined = undefined;
  #finish: Finish | undefined = undefined;
  #calls = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id;
        this.#model = event.model;
        nameStartLosses(event.extras, this.ledger);
        return '';
      case 'usage':
        this.#usage = event.usage;
        this.#usageExtras = event.extras;
        return '';
      case 'finish':
        if (event.choice === 0) this.#finish = event;
        return '';
      case 'logprobs':
        this.ledger.dropped('logprobs');
        return '';
      case 'error':
        return encodeError(event.error, this.#options.callId).body;
      case 'end':
        return JSON.stringify(this.#body());
      default:
        this.#block(event);
        return '';
    }
  }

  #block(event: ReplyEvent): void {
    if (event.type === 'open') {
      this.#open(event);
      return;
    }
    const piece = 'index' in event ? this.#pieces.get(event.index) : undefined;
    if (piece === undefined) return;
    if (event.type === 'delta') piece.text += event.text;
    else if (event.type === 'seal') this.#seal(piece, event.sealed.origin, event.sealed.value);
    else if (event.type === 'annotate') this.#annotate(piece, event.origin, event.value);
  }

  #open(event: Extract<ReplyEvent, { type: 'open' }>): void {
    if (event.choice !== 0) {
      this.ledger.dropped('choices', 'one reply per call');
      return;
    }
    const head = encodeHead(event.block, `toolu_${this.#options.callId}_${event.index}`, this.ledger);
    if (head === undefined) return;
    if (event.block.type === 'tool_call') this.#calls = true;
    const refusal = event.block.type === 'refusal';
    this.#pieces.set(event.index, { head, refusal, text: '', signature: '', citations: [] });
  }

  #seal(piece: Piece, origin: string, value: string): void {
    if (piece.head.kind === 'thinking' && origin === VENDOR) piece.signature = value;
    else {
      this.ledger.dropped(`content.${piece.head.kind === 'thinking' ? 'reasoning' : 'tool_call'}.signature`);
    }
  }

  #annotate(piece: Piece, origin: string, value: Json): void {
    if (piece.head.kind === 'text' && origin === DIALECT) piece.citations.push(value);
    else this.ledger.dropped('content.annotations', `written by ${origin}`);
  }

  #body(): JsonObject {
    const content: JsonObject[] = [];
    let refusal: string | undefined;
    for (const piece of this.#pieces.values()) {
      if (piece.refusal) refusal = (refusal ?? '') + piece.text;
      const silent = piece.text === '' && piece.signature === '' && piece.citations.length === 0;
      if (!piece.head.lazy || !silent) content.push(this.#wire(piece));
    }
    return {
      id: messageId(this.#id, this.#options.callId),
      type: 'message',
      role: 'assistant',
      model: this.#model,
      content,
      ...encodeFinish(this.#finish, { calls: this.#calls, refusal }),
      usage: encodeMessageUsage(this.#usage, this.#usageExtras),
      ...unsaidEnd,
      ...endExtras(this.#finish?.extras),
    };
  }

  #wire(piece: Piece): JsonObject {
    const { block, kind } = piece.head;
    switch (kind) {
      case 'text':
        return piece.citations.length === 0
          ? { ...block, text: piece.text }
          : { ...block, text: piece.text, citations: piece.citations };
      case 'thinking':
        return { ...block, thinking: piece.text, signature: piece.signature };
      case 'input':
        return { ...block, input: parseInput(piece.text, this.ledger, 'content.tool_use.input') };
      case 'free_text':
        return { ...block, input: wrapInput(piece.text) };
      case 'none':
        return block;
    }
  }
}
