// Chat replies to canonical events. A chunk's delta and a whole message have the same fields, so one
// reader serves both, and completions, too, whose choices are bare text; finish and usage wait for the end, where the last word said counts.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { ReplyDecoder } from '../../canonical/protocol.ts';
import type { BlockHead, Emit } from '../../canonical/reply.ts';
import { garbled, truncated } from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { CallReader } from './call-reader.ts';
import { asChatLogprobs } from './complete/logprobs.ts';
import { inBandError } from './errors.ts';
import { origin, pickStartExtras } from './reply-parts.ts';
import { decodeStop } from './stop-reasons.ts';
import { partText, readThinking, type Thought } from './thinking.ts';
import { type StatedUsage, usageExtras, usageIn } from './usage.ts';

/** Fields of a message that only Chat callers understand: passed through as raw blocks. */
const rawFields = ['audio', 'images'] as const;

const text: BlockHead = { type: 'text' };
const reasoning: BlockHead = { type: 'reasoning' };
const refusal: BlockHead = { type: 'refusal' };

interface Choice {
  finish: string | undefined;
  matched: Json | undefined;
  refusal: string;
  /** Reasoning was signed: more of it is a new block. */
  signed: boolean;
}

export class ChatDecoder implements ReplyDecoder {
  readonly #stream: boolean;
  readonly #emit: Emit;
  readonly #keeper: BlockKeeper;
  readonly #calls: CallReader;
  readonly #choices = new Map<number, Choice>();
  #started = false;
  #over = false;
  #seed = '';
  #raws = 0;
  #usage: StatedUsage | undefined = undefined;

  constructor(stream: boolean, emit: Emit) {
    this.#stream = stream;
    this.#emit = emit;
    this.#keeper = new BlockKeeper(emit);
    this.#calls = new CallReader(this.#keeper, () => this.#seed);
  }

  push(frame: Buffer): void {
    if (!this.#stream) {
      this.#json(frame.toString('utf8'));
      this.#end();
      return;
    }
    for (const event of readEvents(frame)) {
      if (event.data === '[DONE]' || event.data.trim() === '[DONE]') this.#end();
      else if (event.data !== '') this.#json(event.data);
    }
  }

  #json(data: string): void {
    if (this.#over) return;
    let value: JsonObject | undefined;
    try {
      value = asObject(JSON.parse(data) as Json);
    } catch {
      value = undefined;
    }
    if (value === undefined) {
      this.#fail(garbled('a part of it is not a JSON object'));
    } else this.#chunk(value);
  }

  #chunk(chunk: JsonObject): void {
    const error = inBandError(chunk);
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    // Before any look at the choices: the usage chunk has none, and it may be repeated in all of them.
    this.#usage = usageIn(chunk) ?? this.#usage;
    const choices = asArray(chunk.choices) ?? [];
    if (!this.#started && choices.length > 0) this.#start(chunk);
    for (let at = 0; at < choices.length; at += 1) {
      const choice = asObject(choices[at]);
      if (choice !== undefined) this.#choice(asNumber(choice.index) ?? at, choice);
    }
  }

  #start(chunk: JsonObject): void {
    this.#started = true;
    const id = asString(chunk.id) ?? '';
    const created = asNumber(chunk.created);
    this.#seed = `${id}/${created ?? ''}`;
    const extras = pickStartExtras(chunk);
    this.#emit({
      type: 'start',
      id,
      model: asString(chunk.model) ?? '',
      ...(created === undefined ? {} : { created }),
      ...(extras === undefined ? {} : { extras }),
    });
  }

  #choice(index: number, wire: JsonObject): void {
    const choice = this.#state(index);
    if (wire.logprobs !== undefined && wire.logprobs !== null) {
      this.#emit({ type: 'logprobs', choice: index, value: asChatLogprobs(wire.logprobs) });
    }
    // Azure sends choices without a delta; some engines send a whole message in a stream.
    const part = asObject(wire.delta) ?? asObject(wire.message) ?? bareText(wire);
    if (part !== undefined) this.#part(index, choice, part);
    const finish = asString(wire.finish_reason);
    if (finish !== undefined && finish !== '') choice.finish = finish;
    choice.matched = wire.stop_reason ?? wire.matched_stop ?? choice.matched;
  }

  #part(index: number, choice: Choice, part: JsonObject): void {
    for (const thought of readThinking(part)) this.#think(index, choice, thought);
    const content = part.content;
    if (typeof content === 'string') this.#prose(index, 'text', text, content);
    else if (content !== undefined && content !== null) this.#contentParts(index, choice, content);
    if (typeof part.refusal === 'string') {
      this.#prose(index, 'refusal', refusal, part.refusal);
      choice.refusal += part.refusal;
    }
    for (const call of asArray(part.tool_calls) ?? []) this.#calls.read(index, call);
    const legacy = asObject(part.function_call);
    if (legacy !== undefined) this.#calls.read(index, { index: 0, function: legacy });
    for (const annotation of asArray(part.annotations) ?? []) this.#annotate(index, annotation);
    for (const name of rawFields) this.#rawField(index, name, part[name]);
  }

  #rawField(index: number, name: string, value: Json | undefined): void {
    if (value !== undefined && value !== null) this.#raw(index, { [name]: value });
  }

  /** Mistral's reasoning models answer in parts. */
  #contentParts(index: number, choice: Choice, content: Json): void {
    for (const value of asArray(content) ?? []) {
      const part = asObject(value);
      if (part?.type === 'text') this.#prose(index, 'text', text, asString(part.text) ?? '');
      else if (part?.type === 'thinking') this.#think(index, choice, { text: partText(part.thinking) });
      else if (part !== undefined) this.#raw(index, part);
    }
  }

  #prose(index: number, key: string, head: BlockHead, words: string): void {
    if (words === '') return;
    if (!this.#keeper.has(index, key)) this.#keeper.open(index, key, head);
    this.#keeper.delta(index, key, words);
  }

  #think(index: number, choice: Choice, thought: Thought): void {
    if (thought.redacted !== undefined) {
      this.#raws += 1;
      const key = `redacted:${this.#raws}`;
      this.#keeper.open(index, key, { type: 'reasoning', redacted: thought.redacted });
      this.#keeper.close(index, key);
      return;
    }
    if (choice.signed && thought.text !== '') {
      this.#keeper.close(index, 'reasoning');
      choice.signed = false;
    }
    this.#prose(index, 'reasoning', reasoning, thought.text);
    if (thought.sealed === undefined) return;
    // A signature without words is a block too: the next turn is refused without it.
    if (!this.#keeper.has(index, 'reasoning')) this.#keeper.open(index, 'reasoning', reasoning);
    this.#keeper.seal(index, 'reasoning', thought.sealed);
    choice.signed = true;
  }

  #raw(index: number, value: Json): void {
    this.#raws += 1;
    const key = `raw:${this.#raws}`;
    this.#keeper.open(index, key, { type: 'raw', origin, value });
    this.#keeper.close(index, key);
  }

  #annotate(index: number, value: Json): void {
    if (!this.#keeper.has(index, 'text')) this.#keeper.open(index, 'text', text);
    this.#keeper.annotate(index, 'text', value, origin);
  }

  #state(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { finish: undefined, matched: undefined, refusal: '', signed: false };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #end(): void {
    if (this.#over) return;
    if (this.#choices.size === 0) {
      this.#fail(garbled('it ended without any answer'));
      return;
    }
    if (this.#stream && [...this.#choices.values()].every(({ finish }) => finish === undefined)) {
      this.#fail(truncated());
      return;
    }
    for (const index of [...this.#choices.keys()].sort((a, b) => a - b)) {
      const failure = this.#calls.finish(index) ?? this.#finish(index);
      if (failure !== undefined) {
        this.#fail(failure);
        return;
      }
    }
    this.#report();
    this.#over = true;
    this.#emit({ type: 'end' });
  }

  #finish(index: number): GatewayError | undefined {
    const choice = this.#state(index);
    const refused = choice.refusal !== '';
    const calls = this.#calls.any(index);
    const stop = decodeStop({ word: choice.finish, matched: choice.matched, calls, refused });
    if (stop instanceof GatewayError) return stop;
    this.#keeper.closeAll(index);
    this.#emit({
      type: 'finish',
      choice: index,
      ...stop,
      ...(refused ? { explanation: choice.refusal } : {}),
    });
    return undefined;
  }

  #report(): void {
    if (this.#usage === undefined) return;
    const extras = usageExtras(this.#usage.wire);
    this.#emit({ type: 'usage', usage: this.#usage.usage, ...(extras === undefined ? {} : { extras }) });
    this.#usage = undefined;
  }

  #fail(error: GatewayError): void {
    this.#report();
    this.#over = true;
    this.#emit({ type: 'error', error });
  }
}

/** A completion's choice is its text. */
function bareText(choice: JsonObject): JsonObject | undefined {
  return typeof choice.text === 'string' ? { content: choice.text } : undefined;
}
