// A reply's blocks as upstreams really send them: deltas of another type than their block's, blocks that
// overlap, stops that never come. Nothing said is lost; the keeper makes it serial again.
import {
  asArray,
  asNumber,
  asString,
  isObject,
  type Json,
  type JsonObject,
  restOf,
} from '../../canonical/json.ts';
import { NumberedBlocks, type ProseType } from '../../canonical/numbered-blocks.ts';
import type { Emit } from '../../canonical/reply.ts';
import { DIALECT, VENDOR } from './origin.ts';

/** A block only this dialect understands; sent on when it is whole. */
interface OpenRaw {
  readonly value: Record<string, Json | undefined>;
  input: string;
}

const TOOL_USE = new Set(['type', 'id', 'name', 'input']);

export class BlockReader {
  /** For tool calls that come without an id. */
  messageId = '';
  readonly #blocks: NumberedBlocks;
  readonly #raws = new Map<number, OpenRaw>();

  constructor(emit: Emit) {
    this.#blocks = new NumberedBlocks(emit);
  }

  /** How many blocks the reply has so far. */
  get count(): number {
    return this.#blocks.opened + this.#raws.size;
  }

  get called(): boolean {
    return this.#blocks.called;
  }

  start(at: number, block: JsonObject): void {
    this.#settleRaws();
    switch (block.type) {
      case 'text':
        this.#blocks.startProse(at, 'text');
        this.say(at, 'text', asString(block.text) ?? '');
        for (const citation of asArray(block.citations) ?? []) this.#cite(at, citation);
        break;
      case 'thinking':
        this.#blocks.startProse(at, 'reasoning');
        this.say(at, 'reasoning', asString(block.thinking) ?? '');
        this.#sign(at, asString(block.signature) ?? '');
        break;
      case 'redacted_thinking': {
        const redacted = { origin: VENDOR, value: asString(block.data) ?? '' };
        this.#blocks.whole({ type: 'reasoning', redacted });
        break;
      }
      case 'tool_use':
        this.#startCall(at, block);
        break;
      default:
        this.#raws.set(at, { value: { ...block }, input: '' });
    }
  }

  delta(at: number, delta: JsonObject): void {
    switch (delta.type) {
      case 'text_delta':
        this.say(at, 'text', asString(delta.text) ?? '');
        break;
      case 'thinking_delta':
        this.say(at, 'reasoning', asString(delta.thinking) ?? '');
        break;
      case 'input_json_delta':
        this.#input(at, asString(delta.partial_json) ?? '');
        break;
      case 'signature_delta':
        this.#sign(at, asString(delta.signature) ?? '');
        break;
      case 'citations_delta':
        this.#cite(at, delta.citation);
        break;
      default:
        this.#extend(at, delta);
    }
  }

  say(at: number, type: ProseType, text: string): void {
    this.#blocks.say(at, type, text);
  }

  stop(at: number): void {
    this.#blocks.stop(at);
    const raw = this.#raws.get(at);
    if (raw !== undefined) this.#finishRaw(at, raw);
  }

  /** Whatever was left open is whole now. */
  end(): void {
    this.#blocks.endCalls();
    for (const [at, raw] of this.#raws) this.#finishRaw(at, raw);
    this.#blocks.end();
  }

  #sign(at: number, signature: string): void {
    this.#blocks.sign(at, { origin: VENDOR, value: signature });
  }

  #cite(at: number, citation: Json | undefined): void {
    if (citation === undefined || !this.#blocks.hasProse(at, 'text')) return;
    this.#blocks.annotate(at, citation, DIALECT);
  }

  #startCall(at: number, block: JsonObject): void {
    this.#blocks.startCall(at, {
      id: asString(block.id) ?? `toolu_${this.messageId}_${this.#blocks.opened}`,
      name: asString(block.name) ?? '',
      extras: restOf(block, TOOL_USE),
      given: isObject(block.input) ? block.input : {},
    });
  }

  #input(at: number, json: string): void {
    const raw = this.#raws.get(at);
    if (raw !== undefined) raw.input += json;
    this.#blocks.input(at, json);
  }

  /** A delta of a type not known here, for a block not known here: its texts continue the block's. */
  #extend(at: number, delta: JsonObject): void {
    const value = this.#raws.get(at)?.value;
    if (value === undefined) return;
    for (const [name, more] of Object.entries(delta)) {
      if (name !== 'type' && typeof more === 'string') value[name] = (asString(value[name]) ?? '') + more;
    }
  }

  /** The next block starts: whole ones keep their place before it, even if nobody closed them. */
  #settleRaws(): void {
    if (this.#raws.size === 0) return;
    for (const [at, raw] of this.#raws) {
      if (raw.input === '' || parse(raw.input) !== undefined) this.#finishRaw(at, raw);
    }
  }

  #finishRaw(at: number, raw: OpenRaw): void {
    this.#raws.delete(at);
    const value = raw.input === '' ? raw.value : { ...raw.value, input: parse(raw.input) ?? raw.input };
    this.#blocks.whole({ type: 'raw', origin: DIALECT, value });
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** A block's number on the wire. */
export function blockIndex(event: JsonObject): number {
  return asNumber(event.index) ?? 0;
}
