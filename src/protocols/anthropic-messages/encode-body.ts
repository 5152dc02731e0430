// Canonical events as one whole Messages body, said at the end.

import { parseInput } from '../../canonical/call-input.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import { type GatheredBlock, GatheredReply } from '../../canonical/gathered-reply.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { encodeError } from './encode-error.ts';
import {
  encodeHead,
  messageId,
  nameStartLosses,
  takesAnnotation,
  takesSignature,
  type WireHead,
} from './encode-head.ts';
import { encodeFinish, endExtras, unsaidEnd } from './stop-reasons.ts';
import { encodeMessageUsage } from './usage.ts';

export class BodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #reply: GatheredReply<WireHead>;
  #id = '';
  #model = '';

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#reply = new GatheredReply(this.ledger, {
      head: (block, index) => encodeHead(block, `toolu_${options.callId}_${index}`, this.ledger),
      signed: (head, origin) => takesSignature(head, origin, this.ledger),
      annotated: (head, origin) => takesAnnotation(head, origin, this.ledger),
    });
  }

  event(event: ReplyEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id;
        this.#model = event.model;
        nameStartLosses(event.extras, this.ledger);
        return '';
      case 'error':
        return encodeError(event.error, this.#options.callId).body;
      case 'end':
        return JSON.stringify(this.#body());
      default:
        this.#reply.take(event);
        return '';
    }
  }

  #body(): JsonObject {
    const { blocks, finish, usage, usageExtras } = this.#reply;
    const content: JsonObject[] = [];
    let refusal: string | undefined;
    for (const block of blocks) {
      if (block.type === 'refusal') refusal = (refusal ?? '') + block.text;
      const silent = block.text === '' && block.signature === '' && block.annotations.length === 0;
      if (!block.head.lazy || !silent) content.push(this.#wire(block));
    }
    return {
      id: messageId(this.#id, this.#options.callId),
      type: 'message',
      role: 'assistant',
      model: this.#model,
      content,
      ...encodeFinish(finish, { calls: this.#reply.has('tool_call'), refusal }),
      usage: encodeMessageUsage(usage, usageExtras),
      ...unsaidEnd,
      ...endExtras(finish?.extras),
    };
  }

  #wire({ head, text, signature, annotations }: GatheredBlock<WireHead>): JsonObject {
    const { block, kind } = head;
    switch (kind) {
      case 'text':
        return annotations.length === 0 ? { ...block, text } : { ...block, text, citations: annotations };
      case 'thinking':
        return { ...block, thinking: text, signature };
      case 'input':
        return { ...block, input: parseInput(text, this.ledger, 'content.tool_use.input') };
      case 'free_text':
        return { ...block, input: wrapInput(text) };
      case 'none':
        return block;
    }
  }
}
