// A reply's blocks as they come, streamed or whole. Text and reasoning begin without a word, with their first
// delta; what the model's own tools and pictures are is kept until it is whole.
import {
  asArray,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
  restOf,
} from '../../canonical/json.ts';
import { NumberedBlocks, type ProseType } from '../../canonical/numbered-blocks.ts';
import type { Emit } from '../../canonical/reply.ts';
import { DIALECT, SEALER, SIGNER } from './origin.ts';
import { joinRaw } from './raw-blocks.ts';

/** A block only this dialect understands, as its start and deltas. */
interface OpenRaw {
  readonly name: string;
  readonly start: JsonObject;
  readonly deltas: JsonObject[];
}

const TOOL_USE = new Set(['toolUseId', 'name', 'input']);

export class BlockReader {
  readonly #blocks: NumberedBlocks;
  readonly #raws = new Map<number, OpenRaw>();

  constructor(emit: Emit) {
    this.#blocks = new NumberedBlocks(emit);
  }

  get called(): boolean {
    return this.#blocks.called;
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
    else this.#blocks.whole({ type: 'raw', origin: DIALECT, value: block });
    this.stop(at);
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

  #think(at: number, thought: JsonObject): void {
    const redacted = asString(thought.redactedContent);
    if (redacted !== undefined) {
      this.#blocks.whole({ type: 'reasoning', redacted: { origin: SEALER, value: redacted } });
    }
    this.say(at, 'reasoning', asString(thought.text) ?? '');
    this.#blocks.sign(at, { origin: SIGNER, value: asString(thought.signature) ?? '' });
  }

  #wholeThought(at: number, thought: JsonObject): void {
    const said = asObject(thought.reasoningText);
    this.#think(at, { ...thought, ...said });
  }

  #cited(at: number, cited: JsonObject): void {
    for (const piece of asArray(cited.content) ?? [])
      this.say(at, 'text', asString(asObject(piece)?.text) ?? '');
    for (const citation of asArray(cited.citations) ?? []) this.#cite(at, citation);
  }

  #cite(at: number, citation: Json): void {
    this.#blocks.annotate(at, citation, DIALECT);
  }

  #startCall(at: number, use: JsonObject): void {
    this.#blocks.startCall(at, {
      // The service names no reply that an id could be made of.
      id: asString(use.toolUseId) ?? `tooluse__${this.#blocks.opened}`,
      name: asString(use.name) ?? '',
      extras: restOf(use, TOOL_USE),
      given: {},
    });
  }

  #wholeCall(at: number, use: JsonObject): void {
    this.#startCall(at, use);
    this.#input(at, use.input);
  }

  /** JSON in pieces; some send the object itself. */
  #input(at: number, input: Json | undefined): void {
    this.#blocks.input(at, typeof input === 'string' ? input : JSON.stringify(input ?? {}));
  }

  #finishRaw(at: number, { name, start, deltas }: OpenRaw): void {
    this.#raws.delete(at);
    const value = joinRaw(name, start, deltas);
    this.#blocks.whole({ type: 'raw', origin: DIALECT, value });
  }
}

function isServerTool(use: JsonObject): boolean {
  return use.type !== undefined && use.type !== null;
}
