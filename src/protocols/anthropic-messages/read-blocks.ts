// A reply's blocks as upstreams really send them: deltas of another type than their block's, blocks that
// overlap, stops that never come. Nothing said is lost; the keeper makes it serial again.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import { unwrapInput } from '../../canonical/free-text-tools.ts';
import {
  asArray,
  asNumber,
  asString,
  isObject,
  type Json,
  type JsonObject,
  restOf,
} from '../../canonical/json.ts';
import type { BlockHead, Emit } from '../../canonical/reply.ts';
import { plainName } from '../../canonical/wire-names.ts';
import { DIALECT, VENDOR } from './origin.ts';

/** The one block that text goes into: opening any other block ends it. */
interface Prose {
  readonly at: number;
  readonly type: 'text' | 'reasoning';
  readonly key: string;
}

interface OpenCall {
  readonly key: string;
  readonly id: string;
  /** A free-text tool: its wrapping is taken off when it is whole. */
  readonly custom: boolean;
  /** Arguments that came with the start; only they count when no delta follows. */
  readonly given: JsonObject;
  wrapped: string;
  said: boolean;
}

/** A block only this dialect understands; sent on when it is whole. */
interface OpenRaw {
  readonly value: Record<string, Json | undefined>;
  input: string;
}

const TOOL_USE = new Set(['type', 'id', 'name', 'input']);

export class BlockReader {
  /** For tool calls that come without an id. */
  messageId = '';
  readonly #keeper: BlockKeeper;
  readonly #calls = new Map<number, OpenCall>();
  readonly #raws = new Map<number, OpenRaw>();
  #prose: Prose | undefined = undefined;
  #opened = 0;
  #called = false;

  constructor(emit: Emit) {
    this.#keeper = new BlockKeeper(emit);
  }

  /** How many blocks the reply has so far. */
  get count(): number {
    return this.#opened + this.#raws.size;
  }

  /** Did the model call one of the caller's tools? */
  get called(): boolean {
    return this.#called;
  }

  start(at: number, block: JsonObject): void {
    this.#settleRaws();
    switch (block.type) {
      case 'text':
        this.#startProse(at, 'text');
        this.say(at, 'text', asString(block.text) ?? '');
        for (const citation of asArray(block.citations) ?? []) this.#cite(at, citation);
        break;
      case 'thinking':
        this.#startProse(at, 'reasoning');
        this.say(at, 'reasoning', asString(block.thinking) ?? '');
        this.#sign(at, asString(block.signature) ?? '');
        break;
      case 'redacted_thinking':
        this.#startRedacted(asString(block.data) ?? '');
        break;
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

  /** Text for a block; one of the right type is opened if the open one is of another. */
  say(at: number, type: Prose['type'], text: string): void {
    if (text === '') return;
    let prose = this.#prose;
    if (prose === undefined || prose.at !== at || prose.type !== type) prose = this.#openProse(at, type);
    this.#keeper.delta(0, prose.key, text);
  }

  stop(at: number): void {
    if (this.#prose?.at === at) {
      this.#keeper.close(0, this.#prose.key);
      this.#prose = undefined;
    }
    const call = this.#calls.get(at);
    if (call !== undefined) this.#finishCall(at, call);
    const raw = this.#raws.get(at);
    if (raw !== undefined) this.#finishRaw(at, raw);
  }

  /** Whatever was left open is whole now. */
  end(): void {
    for (const [at, call] of this.#calls) this.#finishCall(at, call);
    for (const [at, raw] of this.#raws) this.#finishRaw(at, raw);
    this.#keeper.closeAll(0);
  }

  /** Returns the block's key. */
  #open(head: BlockHead): string {
    const key = String(this.#opened);
    this.#opened += 1;
    this.#prose = undefined;
    this.#keeper.open(0, key, head);
    return key;
  }

  /** Some upstreams start the open block again with every token. */
  #startProse(at: number, type: Prose['type']): void {
    if (this.#prose?.at === at && this.#prose.type === type) return;
    const call = this.#calls.get(at);
    if (call !== undefined) this.#finishCall(at, call);
    this.#openProse(at, type);
  }

  #openProse(at: number, type: Prose['type']): Prose {
    const prose = { at, type, key: this.#open({ type }) };
    this.#prose = prose;
    return prose;
  }

  #sign(at: number, signature: string): void {
    if (signature === '') return;
    let prose = this.#prose;
    if (prose?.at !== at || prose.type !== 'reasoning') prose = this.#openProse(at, 'reasoning');
    this.#keeper.seal(0, prose.key, { origin: VENDOR, value: signature });
  }

  #cite(at: number, citation: Json | undefined): void {
    const prose = this.#prose;
    if (citation === undefined || prose?.at !== at || prose.type !== 'text') return;
    this.#keeper.annotate(0, prose.key, citation, DIALECT);
  }

  #startRedacted(data: string): void {
    this.#keeper.close(0, this.#open({ type: 'reasoning', redacted: { origin: VENDOR, value: data } }));
  }

  #startCall(at: number, block: JsonObject): void {
    const before = this.#calls.get(at);
    const id = asString(block.id) ?? `toolu_${this.messageId}_${this.#opened}`;
    if (before?.id === id) return;
    if (before !== undefined) this.#finishCall(at, before);
    const { name, custom } = plainName(asString(block.name) ?? '');
    const extras = restOf(block, TOOL_USE);
    const head: BlockHead = {
      type: 'tool_call',
      id,
      name,
      ...(custom ? { custom } : {}),
      ...(extras === undefined ? {} : { extras }),
    };
    const key = this.#open(head);
    const given = isObject(block.input) ? block.input : {};
    this.#calls.set(at, { key, id, custom, given, wrapped: '', said: false });
    this.#called = true;
  }

  #input(at: number, json: string): void {
    if (json === '') return;
    const call = this.#calls.get(at);
    const raw = this.#raws.get(at);
    if (raw !== undefined) raw.input += json;
    if (call === undefined) return;
    call.said = true;
    if (call.custom) call.wrapped += json;
    else this.#keeper.delta(0, call.key, json);
  }

  #finishCall(at: number, call: OpenCall): void {
    this.#calls.delete(at);
    const given = JSON.stringify(call.given);
    if (call.custom) this.#keeper.delta(0, call.key, unwrapInput(call.said ? call.wrapped : given));
    else if (!call.said) this.#keeper.delta(0, call.key, given);
    this.#keeper.close(0, call.key);
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
    this.#keeper.close(0, this.#open({ type: 'raw', origin: DIALECT, value }));
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
