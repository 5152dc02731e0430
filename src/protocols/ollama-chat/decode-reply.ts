// Ollama's replies to canonical events. A line and a whole body have the same fields, so one reader serves both,
// for /api/chat and /api/generate. Calls come whole, each of its own, whatever index it claims.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { unwrapInput, unwrapName } from '../../canonical/free-text-tools.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Operation, ReplyDecoder } from '../../canonical/protocol.ts';
import type { BlockHead, Emit } from '../../canonical/reply.ts';
import { garbled, truncated } from '../../canonical/watchers.ts';
import { hexDigest } from '../../lib/digest.ts';
import { inBandError } from './errors.ts';
import { decodeStop } from './stop-reasons.ts';
import { headOf, readTextDelta } from './text-delta.ts';
import { decodeUsage, statedDurations } from './usage.ts';

const CHOICE = 0;
const text: BlockHead = { type: 'text' };
const reasoning: BlockHead = { type: 'reasoning' };

export class OllamaDecoder implements ReplyDecoder {
  readonly #stream: boolean;
  readonly #operation: Operation;
  readonly #emit: Emit;
  readonly #keeper: BlockKeeper;
  readonly #ids = new Set<string>();
  #started = false;
  #over = false;
  #seed = '';
  /** What ordinary lines of this reply begin with. */
  #head: string | undefined = undefined;

  constructor(stream: boolean, emit: Emit, operation: Operation) {
    this.#stream = stream;
    this.#operation = operation;
    this.#emit = emit;
    this.#keeper = new BlockKeeper(emit);
  }

  push(frame: Buffer): void {
    const said = frame.toString('utf8');
    if (!this.#stream) {
      this.#json(said);
      if (!this.#over) this.#fail(truncated());
      return;
    }
    for (let at = 0; at < said.length; ) {
      const end = said.indexOf('\n', at);
      this.#line(said.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? said.length : end + 1;
    }
  }

  #line(line: string): void {
    if (this.#over) return;
    const words = this.#head === undefined ? undefined : readTextDelta(line, this.#head);
    if (words !== undefined) this.#prose('text', text, words);
    else if (line.trim() !== '') this.#json(line);
  }

  #json(line: string): void {
    let value: JsonObject | undefined;
    try {
      value = asObject(JSON.parse(line) as Json);
    } catch {
      value = undefined;
    }
    const error = value === undefined ? garbled('a part of it is not a JSON object') : inBandError(value);
    if (error !== undefined || value === undefined) this.#fail(error ?? truncated());
    else this.#part(value, line);
  }

  #part(part: JsonObject, line: string): void {
    if (!this.#started) this.#start(part, line);
    const message = asObject(part.message) ?? part;
    const logprobs = asArray(part.logprobs) ?? [];
    if (logprobs.length > 0) {
      this.#emit({
        type: 'logprobs',
        choice: CHOICE,
        value: { content: logprobs.map(logprob), refusal: null },
      });
    }
    this.#prose('reasoning', reasoning, asString(message.thinking) ?? '');
    this.#prose('text', text, asString(message.content) ?? asString(part.response) ?? '');
    for (const call of asArray(message.tool_calls) ?? []) this.#call(asObject(call));
    // Made to be seen, not to be an input of the next turn.
    const { images = part.image } = message;
    if (images !== undefined && images !== null) this.#raw({ images });
    if (part.done === true) this.#end(part);
  }

  #start(part: JsonObject, line: string): void {
    this.#started = true;
    const model = asString(part.model) ?? '';
    const time = asString(part.created_at) ?? '';
    const created = Math.floor(Date.parse(time) / 1000);
    this.#seed = `${model}/${time}`;
    this.#head = headOf(line, model);
    this.#emit({ type: 'start', id: '', model, ...(created > 0 ? { created } : {}) });
  }

  #prose(key: string, head: BlockHead, words: string): void {
    if (words === '') return;
    if (!this.#keeper.has(CHOICE, key)) this.#keeper.open(CHOICE, key, head);
    this.#keeper.delta(CHOICE, key, words);
  }

  #call(wire: JsonObject | undefined): void {
    const called = asObject(wire?.function);
    const name = asString(called?.name) ?? '';
    if (name === '') {
      this.#fail(new GatewayError('upstream_garbled', 'The upstream sent a tool call without a name.'));
      return;
    }
    const input = argumentsText(called?.arguments);
    const tool = unwrapName(name);
    const id = this.#idOf(asString(wire?.id) ?? '');
    const custom = tool === undefined ? {} : { custom: true };
    this.#keeper.open(CHOICE, id, { type: 'tool_call', id, name: tool ?? name, ...custom });
    this.#keeper.delta(CHOICE, id, tool === undefined ? input : unwrapInput(input));
    this.#keeper.close(CHOICE, id);
  }

  /** Its own if it has one and no other call has it; older versions give none. */
  #idOf(own: string): string {
    const taken = own === '' || this.#ids.has(own);
    const id = taken ? `call_${hexDigest(`${this.#seed}/${this.#ids.size}`).slice(0, 24)}` : own;
    this.#ids.add(id);
    return id;
  }

  #raw(value: JsonObject): void {
    this.#keeper.open(CHOICE, 'raw', { type: 'raw', origin: 'ollama-chat', value });
    this.#keeper.close(CHOICE, 'raw');
  }

  #end(part: JsonObject): void {
    if (this.#over) return;
    const stop = decodeStop(asString(part.done_reason), this.#ids.size > 0);
    if (stop instanceof GatewayError) {
      this.#fail(stop);
      return;
    }
    this.#keeper.closeAll(CHOICE);
    const context = this.#operation === 'complete' ? asArray(part.context) : undefined;
    const extras = context === undefined ? stop.extras : { ...stop.extras, context };
    this.#emit({
      type: 'finish',
      choice: CHOICE,
      reason: stop.reason,
      ...(extras === undefined ? {} : { extras }),
    });
    this.#report(part);
    this.#over = true;
    this.#emit({ type: 'end' });
  }

  #report(part: JsonObject): void {
    const usage = decodeUsage(part);
    const extras = statedDurations(part);
    if (usage === undefined) return;
    this.#emit({ type: 'usage', usage, ...(extras === undefined ? {} : { extras }) });
  }

  #fail(error: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#emit({ type: 'error', error });
  }
}

/** Some proxies give the text of the object instead. */
function argumentsText(value: Json | undefined): string {
  if (typeof value === 'string') return value === '' ? '{}' : value;
  return value === undefined || value === null ? '{}' : JSON.stringify(value);
}

/** As Chat has it: both lists are always there. */
function logprob(value: Json): Json {
  const wire = asObject(value) ?? {};
  const top = (asArray(wire.top_logprobs) ?? []).map((other) => ({ bytes: null, ...asObject(other) }));
  return { bytes: null, ...wire, top_logprobs: top };
}
