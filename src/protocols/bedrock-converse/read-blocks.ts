// A reply's blocks as they come, streamed or whole. Text and reasoning begin without a word, with their first
// delta; what the model's own tools and pictures are is kept until it is whole.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import { unwrapInput } from '../../canonical/free-text-tools.ts';
import {
  asArray,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
  restOf,
} from '../../canonical/json.ts';
import type { BlockHead, Emit } from '../../canonical/reply.ts';
import { plainName } from '../../canonical/wire-names.ts';
import { DIALECT, SEALER, SIGNER } from './origin.ts';
import { joinRaw } from './raw-blocks.ts';

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
  wrapped: string;
  said: boolean;
}

/** A block only this dialect understands, as its start and deltas. */
interface OpenRaw {
  readonly name: string;
  readonly start: JsonObject;
  readonly deltas: JsonObject[];
}

const TOOL_USE = new Set(['toolUseId', 'name', 'input']);

export class BlockReader {
  /** For tool calls that come without an id. */
  seed = '';
  readonly #keeper: BlockKeeper;
  readonly #calls = new Map<number, OpenCall>();
  readonly #raws = new Map<number, OpenRaw>();
  #prose: Prose | undefined = undefined;
  #opened = 0;
  #called = false;

  constructor(emit: Emit) {
    this.#keeper = new BlockKeeper(emit);
  }

  /** Did the model call one of the caller's tools? */
  get called(): boolean {
    return this.#called;
  }

  start(at: number, start: JsonObject): void {
    const use = asObject(start.toolUse);
    if (use !== undefined && !isServerTool(use)) {
      this.#startCall(at, use);
      return;
    }
    const [name] = Object.keys(start);
    if (name !== undefined) this.#raws.set(at, { name, start, deltas: [] });
  }

  delta(at: number, delta: JsonObject): void {
    const raw = this.#raws.get(at);
    if (raw !== undefined) raw.deltas.push(delta);
    else if (typeof delta.text === 'string') this.say(at, 'text', delta.text);
    else if (isObject(delta.toolUse)) this.#input(at, delta.toolUse.input);
    else if (isObject(delta.reasoningContent)) this.#think(at, delta.reasoningContent);
    else if (delta.citation !== undefined) this.#cite(at, delta.citation);
    else this.#raws.set(at, { name: Object.keys(delta)[0] ?? '', start: {}, deltas: [delta] });
  }

  /** A whole block, of an unstreamed reply. */
  whole(at: number, block: JsonObject): void {
    if (typeof block.text === 'string') this.say(at, 'text', block.text);
    else if (isObject(block.toolUse) && !isServerTool(block.toolUse)) this.#wholeCall(at, block.toolUse);
    else if (isObject(block.reasoningContent)) this.#wholeThought(at, block.reasoningContent);
    else if (isObject(block.citationsContent)) this.#cited(at, block.citationsContent);
    else this.#keeper.close(0, this.#open({ type: 'raw', origin: DIALECT, value: block }));
    this.stop(at);
  }

  /** Text for a block; one of the right type is opened if the open one is of another. */
  say(at: number, type: Prose['type'], text: string): void {
    if (text === '') return;
    this.#keeper.delta(0, this.#proseAt(at, type).key, text);
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

  #proseAt(at: number, type: Prose['type']): Prose {
    const prose = this.#prose;
    if (prose?.at === at && prose.type === type) return prose;
    const opened = { at, type, key: this.#open({ type }) };
    this.#prose = opened;
    return opened;
  }

  #think(at: number, thought: JsonObject): void {
    const redacted = asString(thought.redactedContent);
    if (redacted !== undefined) this.#redacted(redacted);
    this.say(at, 'reasoning', asString(thought.text) ?? '');
    this.#sign(at, asString(thought.signature) ?? '');
  }

  #wholeThought(at: number, thought: JsonObject): void {
    const said = asObject(thought.reasoningText);
    this.#think(at, { ...thought, ...said });
  }

  #sign(at: number, signature: string): void {
    if (signature === '') return;
    this.#keeper.seal(0, this.#proseAt(at, 'reasoning').key, { origin: SIGNER, value: signature });
  }

  #redacted(value: string): void {
    this.#keeper.close(0, this.#open({ type: 'reasoning', redacted: { origin: SEALER, value } }));
  }

  #cited(at: number, cited: JsonObject): void {
    for (const piece of asArray(cited.content) ?? [])
      this.say(at, 'text', asString(asObject(piece)?.text) ?? '');
    for (const citation of asArray(cited.citations) ?? []) this.#cite(at, citation);
  }

  #cite(at: number, citation: Json): void {
    this.#keeper.annotate(0, this.#proseAt(at, 'text').key, citation, DIALECT);
  }

  #startCall(at: number, use: JsonObject): void {
    const before = this.#calls.get(at);
    const id = asString(use.toolUseId) ?? `tooluse_${this.seed}_${this.#opened}`;
    if (before?.id === id) return;
    if (before !== undefined) this.#finishCall(at, before);
    const { name, custom } = plainName(asString(use.name) ?? '');
    const extras = restOf(use, TOOL_USE);
    const key = this.#open({
      type: 'tool_call',
      id,
      name,
      ...(custom ? { custom } : {}),
      ...(extras === undefined ? {} : { extras }),
    });
    this.#calls.set(at, { key, id, custom, wrapped: '', said: false });
    this.#called = true;
  }

  #wholeCall(at: number, use: JsonObject): void {
    this.#startCall(at, use);
    this.#input(at, use.input);
  }

  /** JSON in pieces; some send the object itself. */
  #input(at: number, input: Json | undefined): void {
    const call = this.#calls.get(at);
    const json = typeof input === 'string' ? input : JSON.stringify(input ?? {});
    if (call === undefined || json === '') return;
    call.said = true;
    if (call.custom) call.wrapped += json;
    else this.#keeper.delta(0, call.key, json);
  }

  #finishCall(at: number, call: OpenCall): void {
    this.#calls.delete(at);
    if (call.custom) this.#keeper.delta(0, call.key, unwrapInput(call.said ? call.wrapped : '{}'));
    else if (!call.said) this.#keeper.delta(0, call.key, '{}');
    this.#keeper.close(0, call.key);
  }

  #finishRaw(at: number, { name, start, deltas }: OpenRaw): void {
    this.#raws.delete(at);
    const value = joinRaw(name, start, deltas);
    this.#keeper.close(0, this.#open({ type: 'raw', origin: DIALECT, value }));
  }
}

function isServerTool(use: JsonObject): boolean {
  return use.type !== undefined && use.type !== null;
}
