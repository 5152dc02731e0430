// Canonical events as one whole Converse body, said at the end.
import { parseInput } from '../../canonical/call-input.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import { encodeError } from './encode-error.ts';
import { encodeHead, type WireHead } from './encode-head.ts';
import { nameStart } from './encode-start.ts';
import { DIALECT, SIGNER } from './origin.ts';
import { encodeFinish } from './stop-reasons.ts';
import { encodeUsage } from './usage.ts';

type Finish = Extract<ReplyEvent, { type: 'finish' }>;

interface Piece {
  readonly head: WireHead;
  text: string;
  signature: string;
  readonly citations: Json[];
}

export class BodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #pieces = new Map<number, Piece>();
  #usage: Usage = noUsage;
  #usageExtras: JsonObject | undefined = undefined;
  #finish: Finish | undefined = undefined;
  #calls = false;
  #refused = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    switch (event.type) {
      case 'start':
        nameStart(event, this.ledger);
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
    const head = encodeHead(event.block, `tooluse_${this.#options.callId}_${event.index}`, this.ledger);
    if (head === undefined) return;
    if (event.block.type === 'tool_call') this.#calls = true;
    if (event.block.type === 'refusal') this.#refused = true;
    this.#pieces.set(event.index, { head, text: '', signature: '', citations: [] });
  }

  #seal(piece: Piece, origin: string, value: string): void {
    if (piece.head.kind === 'reasoning' && origin === SIGNER) piece.signature = value;
    else this.ledger.dropped(`content.${piece.head.kind}.signature`);
  }

  #annotate(piece: Piece, origin: string, value: Json): void {
    if (piece.head.kind === 'text' && origin === DIALECT) piece.citations.push(value);
    else this.ledger.dropped('content.annotations', `written by ${origin}`);
  }

  #body(): JsonObject {
    const content = [...this.#pieces.values()].flatMap((piece) => this.#wire(piece));
    return {
      output: { message: { role: 'assistant', content } },
      ...encodeFinish(this.#finish, { calls: this.#calls, refused: this.#refused }),
      ...encodeUsage(this.#usage, this.#usageExtras),
    };
  }

  /** A list, since a block without words is none. */
  #wire({ head, text, signature, citations }: Piece): readonly JsonObject[] {
    switch (head.kind) {
      case 'text':
        if (citations.length > 0) return [{ citationsContent: { content: [{ text }], citations } }];
        return text === '' ? [] : [{ text }];
      case 'reasoning':
        if (signature !== '') return [{ reasoningContent: { reasoningText: { text, signature } } }];
        return text === '' ? [] : [{ reasoningContent: { reasoningText: { text } } }];
      case 'input':
        return [this.#call(head, parseInput(text, this.ledger, 'content.toolUse.input'))];
      case 'free_text':
        return [this.#call(head, wrapInput(text))];
      case 'none':
        return [head.block];
    }
  }

  #call({ block }: WireHead, input: JsonObject): JsonObject {
    return { toolUse: { ...asObject(block.toolUse), input } };
  }
}
