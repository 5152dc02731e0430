// Canonical events as a Messages stream: blocks strictly one after the other, each delta of its block's
// type, the end held back until usage is in. Text deltas are the hot path: one prefix, one stringify.
import { BlockQueue } from '../../canonical/block-queue.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { BlockEvent, EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { noUsage } from '../../canonical/usage.ts';
import { BodyEncoder } from './encode-body.ts';
import { encodeStreamError } from './encode-error.ts';
import {
  type BlockKind,
  encodeHead,
  messageId,
  nameStartLosses,
  takesAnnotation,
  takesSignature,
  type WireHead,
} from './encode-head.ts';
import { encodeFinish, endExtras, unsaidEnd } from './stop-reasons.ts';
import { encodeMessageUsage, encodeUsage } from './usage.ts';

export const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

export function createEncoder(options: EncoderOptions): ReplyEncoder {
  return options.stream ? new StreamEncoder(options) : new BodyEncoder(options);
}

interface OpenBlock {
  /** Canonical index. */
  readonly index: number;
  readonly head: WireHead;
  readonly refusal: boolean;
  /** What stands before each delta's text; '' until the block has begun on the wire. */
  prefix: string;
  /** Number on the wire. */
  at: number;
}

const DELTA_END = '}}\n\n';

const deltaField: Readonly<Record<Exclude<BlockKind, 'none'>, string>> = {
  text: '{"type":"text_delta","text":',
  thinking: '{"type":"thinking_delta","thinking":',
  input: '{"type":"input_json_delta","partial_json":',
  free_text: '{"type":"input_json_delta","partial_json":',
};

class StreamEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  #start: EventOf<'start'> | undefined = undefined;
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
  #refusal: string | undefined = undefined;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    switch (event.type) {
      case 'delta': {
        const { current } = this.#blocks;
        return event.index === current?.index ? this.#delta(current, event.text) : this.#blocks.take(event);
      }
      case 'open':
      case 'seal':
      case 'annotate':
      case 'close':
        return this.#blocks.take(event);
      case 'ping':
        return this.#begin() + ping(event.note);
      case 'error':
        this.#over = true;
        return encodeStreamError(event.error, this.#options.callId);
      case 'end':
        return this.#end();
      default:
        this.#remember(event);
        return '';
    }
  }

  #remember(event: Exclude<ReplyEvent, BlockEvent | { type: 'ping' | 'error' | 'end' }>): void {
    if (event.type === 'start') {
      this.#start = event;
      nameStartLosses(event.extras, this.ledger);
    } else if (event.type === 'usage') this.#usage = event;
    else if (event.type === 'logprobs') this.ledger.dropped('logprobs');
    else if (event.choice === 0) this.#finish = event;
  }

  #go(block: OpenBlock, event: Exclude<BlockEvent, EventOf<'open'>>): string {
    switch (event.type) {
      case 'delta':
        return this.#delta(block, event.text);
      case 'seal':
        return this.#seal(block, event.sealed.origin, event.sealed.value);
      case 'annotate':
        return this.#annotate(block, event.origin, event.value);
      case 'close':
        return this.#close(block);
    }
  }

  #open(event: EventOf<'open'>): string {
    const head = encodeHead(event.block, `toolu_${this.#options.callId}_${event.index}`, this.ledger);
    if (head === undefined) return '';
    const refusal = event.block.type === 'refusal';
    if (event.block.type === 'tool_call') this.#calls = true;
    if (refusal) this.#refusal ??= '';
    const block: OpenBlock = { index: event.index, head, refusal, prefix: '', at: -1 };
    this.#blocks.current = block;
    return this.#begin() + (head.lazy ? '' : this.#startBlock(block));
  }

  #startBlock(block: OpenBlock): string {
    const { kind } = block.head;
    const at = this.#next;
    this.#next += 1;
    block.at = at;
    const own = deltaPrefix(at);
    block.prefix = kind === 'none' ? own : own + deltaField[kind];
    const { content, input } = splitInput(block.head);
    const start = `event: content_block_start\ndata: {"type":"content_block_start","index":${at},"content_block":${JSON.stringify(content)}}\n\n`;
    if (input !== undefined) return start + own + deltaField.input + JSON.stringify(input) + DELTA_END;
    return kind === 'free_text'
      ? `${start + block.prefix + JSON.stringify('{"input":"')}${DELTA_END}`
      : start;
  }

  #delta(block: OpenBlock, text: string): string {
    if (block.head.kind === 'none') return '';
    if (block.refusal) this.#refusal = (this.#refusal ?? '') + text;
    const start = block.prefix === '' ? this.#startBlock(block) : '';
    if (block.head.kind === 'free_text') {
      return block.prefix + JSON.stringify(JSON.stringify(text).slice(1, -1)) + DELTA_END;
    }
    return start + block.prefix + JSON.stringify(text) + DELTA_END;
  }

  #seal(block: OpenBlock, origin: string, value: string): string {
    if (!takesSignature(block.head, origin, this.ledger)) return '';
    const start = block.prefix === '' ? this.#startBlock(block) : '';
    const signature = JSON.stringify(value);
    return `${start + deltaPrefix(block.at)}{"type":"signature_delta","signature":${signature}${DELTA_END}`;
  }

  #annotate(block: OpenBlock, origin: string, value: Json): string {
    if (!takesAnnotation(block.head, origin, this.ledger)) return '';
    const start = block.prefix === '' ? this.#startBlock(block) : '';
    const citation = JSON.stringify(value);
    return `${start + deltaPrefix(block.at)}{"type":"citations_delta","citation":${citation}${DELTA_END}`;
  }

  #close(block: OpenBlock): string {
    let out = '';
    if (block.prefix !== '') {
      if (block.head.kind === 'free_text') out += block.prefix + JSON.stringify('"}') + DELTA_END;
      out += `event: content_block_stop\ndata: {"type":"content_block_stop","index":${block.at}}\n\n`;
    }
    return out + this.#blocks.advance();
  }

  #begin(): string {
    if (this.#begun) return '';
    this.#begun = true;
    const { usage, extras } = this.#usage;
    const message = {
      id: messageId(this.#start?.id ?? '', this.#options.callId),
      type: 'message',
      role: 'assistant',
      model: this.#start?.model ?? '',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      ...unsaidEnd,
      usage: encodeMessageUsage(usage, extras),
    };
    return wireEvent('message_start', { message });
  }

  #end(): string {
    this.#over = true;
    let out = this.#begin();
    for (let open = this.#blocks.current; open !== undefined; open = this.#blocks.current) {
      out += this.#close(open);
    }
    const finish = this.#finish;
    const delta = encodeFinish(finish, { calls: this.#calls, refusal: this.#refusal });
    const usage = encodeUsage(this.#usage.usage, this.#usage.extras);
    out += wireEvent('message_delta', { delta: { ...delta }, usage, ...endExtras(finish?.extras) });
    return out + wireEvent('message_stop', {});
  }
}

function wireEvent(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function deltaPrefix(at: number): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${at},"delta":`;
}

/** Inputs of the vendor's own tools stream like any other: an empty object first, then its JSON. */
function splitInput(head: WireHead): { content: JsonObject; input: string | undefined } {
  const input = head.kind === 'none' ? asObject(head.block.input) : undefined;
  if (input === undefined || Object.keys(input).length === 0)
    return { content: head.block, input: undefined };
  return { content: { ...head.block, input: {} }, input: JSON.stringify(input) };
}

function ping(note: JsonObject | undefined): string {
  return note === undefined
    ? PING
    : `event: ping\ndata: ${JSON.stringify({ type: 'ping', signalbox: note })}\n\n`;
}
