// Canonical events as a stream of binary messages, as latin1 text: blocks strictly one after the other, the end
// held back until usage is in. Text deltas are the hot path: one prefix, one stringify, one message.
import { BlockQueue } from '../../canonical/block-queue.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { BlockEvent, EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { noUsage } from '../../canonical/usage.ts';
import { BodyEncoder } from './encode-body.ts';
import { encodeStreamError } from './encode-error.ts';
import { type BlockKind, encodeHead, takesAnnotation, takesSignature, type WireHead } from './encode-head.ts';
import { nameStart } from './encode-start.ts';
import { type EventType, eventMessage } from './messages.ts';
import { splitRaw } from './raw-blocks.ts';
import { encodeFinish } from './stop-reasons.ts';
import { encodeUsage } from './usage.ts';

export function createEncoder(options: EncoderOptions): ReplyEncoder {
  return options.stream ? new StreamEncoder(options) : new BodyEncoder(options);
}

interface OpenBlock {
  /** Canonical index. */
  readonly index: number;
  readonly head: WireHead;
  /** Number on the wire. */
  readonly at: number;
  /** What stands before and behind each delta's text. */
  readonly prefix: string;
  readonly suffix: string;
}

const deltaField: Readonly<Record<Exclude<BlockKind, 'none'>, readonly [before: string, behind: string]>> = {
  text: ['{"text":', '}}'],
  reasoning: ['{"reasoningContent":{"text":', '}}}'],
  input: ['{"toolUse":{"input":', '}}}'],
  free_text: ['{"toolUse":{"input":', '}}}'],
};

class StreamEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  #usage: EventOf<'usage'> = { type: 'usage', usage: noUsage };
  #finish: EventOf<'finish'> | undefined = undefined;
  #begun = false;
  #over = false;
  readonly #blocks = new BlockQueue<OpenBlock>(this.ledger, {
    open: (event) => this.#open(event),
    go: (block, event) => this.#go(block, event),
  });
  #next = 0;
  #calls = false;
  #refused = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    switch (event.type) {
      case 'delta':
      case 'open':
      case 'seal':
      case 'annotate':
      case 'close':
        return this.#blocks.take(event);
      case 'error':
        this.#over = true;
        return encodeStreamError(event.error);
      case 'end':
        return this.#end();
      default:
        this.#remember(event);
        return '';
    }
  }

  /** A ping has no form here. */
  #remember(event: Exclude<ReplyEvent, BlockEvent | { type: 'error' | 'end' }>): void {
    if (event.type === 'start') nameStart(event, this.ledger);
    else if (event.type === 'usage') this.#usage = event;
    else if (event.type === 'logprobs') this.ledger.dropped('logprobs');
    else if (event.type === 'finish' && event.choice === 0) this.#finish = event;
  }

  #go(block: OpenBlock, event: Exclude<BlockEvent, EventOf<'open'>>): string {
    switch (event.type) {
      case 'delta':
        return this.#delta(block, event.text);
      case 'seal':
        return this.#seal(block, event.sealed.origin, event.sealed.value);
      case 'annotate':
        return this.#annotate(block, event);
      case 'close':
        return this.#close(block);
    }
  }

  #open(event: EventOf<'open'>): string {
    const head = encodeHead(event.block, `tooluse_${this.#options.callId}_${event.index}`, this.ledger);
    if (head === undefined) return '';
    if (event.block.type === 'tool_call') this.#calls = true;
    if (event.block.type === 'refusal') this.#refused = true;
    const at = this.#next;
    this.#next += 1;
    const prefix = `{"contentBlockIndex":${at},"delta":`;
    const [before, behind] = head.kind === 'none' ? ['', '}'] : deltaField[head.kind];
    this.#blocks.current = { index: event.index, head, at, prefix: prefix + before, suffix: behind };
    return this.#begin() + this.#startBlock(head, at, prefix);
  }

  /** Text and reasoning begin with their first delta. */
  #startBlock({ kind, block }: WireHead, at: number, prefix: string): string {
    if (kind === 'text' || kind === 'reasoning') return '';
    if (kind !== 'none') {
      const start = wire('contentBlockStart', { contentBlockIndex: at, start: block });
      return kind === 'free_text'
        ? start + delta(`${prefix}{"toolUse":{"input":"{\\"input\\":\\""}}}`)
        : start;
    }
    const { start, deltas } = splitRaw(block);
    const opening = start === undefined ? '' : wire('contentBlockStart', { contentBlockIndex: at, start });
    return opening + deltas.map((one) => delta(`${prefix}${JSON.stringify(one)}}`)).join('');
  }

  #delta({ head, prefix, suffix }: OpenBlock, text: string): string {
    if (head.kind === 'none') return '';
    const json = JSON.stringify(text);
    return delta(prefix + (head.kind === 'free_text' ? JSON.stringify(json.slice(1, -1)) : json) + suffix);
  }

  #seal({ head, at }: OpenBlock, origin: string, value: string): string {
    if (!takesSignature(head, origin, this.ledger)) return '';
    return wire('contentBlockDelta', {
      contentBlockIndex: at,
      delta: { reasoningContent: { signature: value } },
    });
  }

  #annotate({ head, at }: OpenBlock, event: EventOf<'annotate'>): string {
    if (!takesAnnotation(head, event.origin, this.ledger)) return '';
    return wire('contentBlockDelta', { contentBlockIndex: at, delta: { citation: event.value } });
  }

  #close({ head, at, prefix, suffix }: OpenBlock): string {
    let out = head.kind === 'free_text' ? delta(prefix + JSON.stringify('"}') + suffix) : '';
    out += wire('contentBlockStop', { contentBlockIndex: at });
    return out + this.#blocks.advance();
  }

  #begin(): string {
    if (this.#begun) return '';
    this.#begun = true;
    return wire('messageStart', { role: 'assistant' });
  }

  #end(): string {
    this.#over = true;
    let out = this.#begin();
    for (let open = this.#blocks.current; open !== undefined; open = this.#blocks.current) {
      out += this.#close(open);
    }
    out += wire('messageStop', encodeFinish(this.#finish, { calls: this.#calls, refused: this.#refused }));
    return out + wire('metadata', encodeUsage(this.#usage.usage, this.#usage.extras));
  }
}

function wire(type: EventType, fields: JsonObject): string {
  return eventMessage(type, JSON.stringify(fields)).toString('latin1');
}

function delta(json: string): string {
  return eventMessage('contentBlockDelta', json).toString('latin1');
}
