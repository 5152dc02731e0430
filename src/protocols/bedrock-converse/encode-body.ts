// Canonical events as one whole Converse body, said at the end.
import { parseInput } from '../../canonical/call-input.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import { type GatheredBlock, GatheredReply } from '../../canonical/gathered-reply.ts';
import { asObject, type JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { encodeError } from './encode-error.ts';
import { encodeHead, takesAnnotation, takesSignature, type WireHead } from './encode-head.ts';
import { nameStart } from './encode-start.ts';
import { encodeFinish } from './stop-reasons.ts';
import { encodeUsage } from './usage.ts';

export class BodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #reply: GatheredReply<WireHead>;

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#reply = new GatheredReply(this.ledger, {
      head: (block, index) => encodeHead(block, `tooluse_${options.callId}_${index}`, this.ledger),
      signed: (head, origin) => takesSignature(head, origin, this.ledger),
      annotated: (head, origin) => takesAnnotation(head, origin, this.ledger),
    });
  }

  event(event: ReplyEvent): string {
    switch (event.type) {
      case 'start':
        nameStart(event, this.ledger);
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
    const content = blocks.flatMap((block) => this.#wire(block));
    const calls = this.#reply.has('tool_call');
    return {
      output: { message: { role: 'assistant', content } },
      ...encodeFinish(finish, { calls, refused: this.#reply.has('refusal') }),
      ...encodeUsage(usage, usageExtras),
    };
  }

  /** A list, since a block without words is none. */
  #wire({ head, text, signature, annotations }: GatheredBlock<WireHead>): readonly JsonObject[] {
    switch (head.kind) {
      case 'text':
        if (annotations.length > 0) {
          return [{ citationsContent: { content: [{ text }], citations: annotations } }];
        }
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
