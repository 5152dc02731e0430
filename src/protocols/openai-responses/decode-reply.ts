// A Responses reply as canonical events, streamed or whole. Order on the wire: created, items, completed;
// events of types not known here are passed over, and what they told is in the item that follows.
import type { GatewayError } from '../../canonical/errors.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  type Json,
  type JsonObject,
  objectIn,
} from '../../canonical/json.ts';
import type { ReplyDecoder } from '../../canonical/protocol.ts';
import type { Emit } from '../../canonical/reply.ts';
import { garbled } from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { errorOfEvent, errorOfResponse } from './errors.ts';
import { ItemReader, placeOf } from './read-items.ts';
import { decodeStop } from './stop-reasons.ts';
import { readTextDelta } from './text-delta.ts';
import { decodeUsage, usageExtras } from './usage.ts';
import { wrongBody } from './watch.ts';

export class ResponsesDecoder implements ReplyDecoder {
  readonly #stream: boolean;
  readonly #emit: Emit;
  readonly #items: ItemReader;
  #started = false;
  #over = false;
  #logprobs = false;

  constructor(stream: boolean, emit: Emit) {
    this.#stream = stream;
    this.#emit = emit;
    this.#items = new ItemReader(emit);
  }

  push(frame: Buffer): void {
    if (!this.#stream) {
      this.#body(frame.toString('utf8'));
      return;
    }
    for (const { data } of readEvents(frame)) {
      if (this.#over) return;
      if (data === '' || data.trim() === '[DONE]') continue;
      const plain = this.#started ? readTextDelta(data) : undefined;
      if (plain === undefined) this.#event(data);
      else this.#items.text(plain, plain.content, 'text', plain.text);
    }
  }

  #event(data: string): void {
    const event = objectIn(data);
    if (event === undefined) this.#fail(garbled('an event of its stream is not a JSON object'));
    else this.#read(event);
  }

  #read(event: JsonObject): void {
    const type = asString(event.type) ?? '';
    const error = errorOfEvent(event);
    if (error !== undefined) {
      this.#report(asObject(event.response)?.usage);
      this.#fail(error);
      return;
    }
    const lifecycle = asObject(event.response);
    if (lifecycle !== undefined) {
      this.#start(lifecycle);
      if (type === 'response.completed' || type === 'response.incomplete') this.#end(lifecycle);
      return;
    }
    if (type === 'keepalive') {
      this.#emit({ type: 'ping' });
      return;
    }
    this.#start({});
    if (type === 'response.output_text.delta') this.#readLogprobs(event.logprobs);
    readers.get(type)?.(this.#items, event);
  }

  #start(response: JsonObject): void {
    if (this.#started) return;
    this.#started = true;
    const created = asNumber(response.created_at);
    const tier = asString(response.service_tier) ?? 'auto';
    this.#emit({
      type: 'start',
      id: asString(response.id) ?? '',
      model: asString(response.model) ?? '',
      ...(created === undefined ? {} : { created: Math.floor(created) }),
      ...(tier === 'auto' ? {} : { extras: { service_tier: tier } }),
    });
  }

  #readLogprobs(value: Json | undefined): void {
    if ((asArray(value)?.length ?? 0) === 0) return;
    this.#logprobs = true;
    this.#emit({ type: 'logprobs', choice: 0, value: value ?? null });
  }

  #body(text: string): void {
    const response = objectIn(text);
    if (response === undefined) {
      this.#fail(garbled('the body is not a JSON object'));
      return;
    }
    const error = errorOfResponse(response);
    const wrong = wrongBody(response, response.output);
    if (error !== undefined) this.#fail(error);
    else if (wrong !== undefined) this.#fail(garbled(wrong));
    else {
      this.#start(response);
      this.#end(response);
    }
  }

  #end(response: JsonObject): void {
    const error = errorOfResponse(response);
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    const output = asArray(response.output) ?? [];
    if (!this.#logprobs) this.#readLogprobs(logprobsIn(output));
    this.#items.rest(output);
    this.#items.end();
    const { called, refusal } = this.#items;
    this.#emit({
      type: 'finish',
      choice: 0,
      reason: decodeStop(response, called, refusal !== ''),
      ...(refusal === '' ? {} : { explanation: refusal }),
    });
    this.#report(response.usage);
    this.#over = true;
    this.#emit({ type: 'end' });
  }

  #report(wire: Json | undefined): void {
    const usage = decodeUsage(wire);
    if (usage === undefined) return;
    const extras = usageExtras(wire);
    this.#emit({ type: 'usage', usage, ...(extras === undefined ? {} : { extras }) });
  }

  #fail(error: GatewayError): void {
    this.#over = true;
    this.#emit({ type: 'error', error });
  }
}

/** All of a reply that was not streamed. */
function logprobsIn(output: readonly Json[]): readonly Json[] {
  const parts = output.flatMap((item) => asArray(asObject(item)?.content) ?? []);
  return parts.flatMap((part) => asArray(asObject(part)?.logprobs) ?? []);
}

type Read = (items: ItemReader, event: JsonObject) => void;

function index(event: JsonObject, name: string): number {
  return asNumber(event[name]) ?? 0;
}

function words(event: JsonObject, name: string): string {
  return asString(event[name]) ?? '';
}

function think(kind: 'summary' | 'content', at: string, field: string): Read {
  return (items, event) => items.think(placeOf(event), kind, index(event, at), words(event, field));
}

function say(kind: 'text' | 'refusal'): Read {
  return (items, event) =>
    items.text(placeOf(event), index(event, 'content_index'), kind, words(event, 'delta'));
}

function saidAll(kind: 'text' | 'refusal', field: string): Read {
  return (items, event) =>
    items.wholeText(placeOf(event), index(event, 'content_index'), kind, words(event, field));
}

/** One small function per event; those of the vendor's own tools tell nothing that their item does not. */
const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['response.output_item.added', (items, event) => items.added(asNumber(event.output_index), itemOf(event))],
  ['response.output_item.done', (items, event) => items.done(asNumber(event.output_index), itemOf(event))],
  ['response.output_text.delta', say('text')],
  ['response.output_text.done', saidAll('text', 'text')],
  ['response.refusal.delta', say('refusal')],
  ['response.refusal.done', saidAll('refusal', 'refusal')],
  [
    'response.output_text.annotation.added',
    (items, event) => items.note(placeOf(event), index(event, 'content_index'), event.annotation),
  ],
  ['response.reasoning_summary_text.delta', think('summary', 'summary_index', 'delta')],
  ['response.reasoning_text.delta', think('content', 'content_index', 'delta')],
  [
    'response.function_call_arguments.delta',
    (items, event) => items.input(placeOf(event), 'function_call', words(event, 'delta')),
  ],
  [
    'response.function_call_arguments.done',
    (items, event) => items.wholeInput(placeOf(event), 'function_call', words(event, 'arguments')),
  ],
  [
    'response.custom_tool_call_input.delta',
    (items, event) => items.input(placeOf(event), 'custom_tool_call', words(event, 'delta')),
  ],
  [
    'response.custom_tool_call_input.done',
    (items, event) => items.wholeInput(placeOf(event), 'custom_tool_call', words(event, 'input')),
  ],
]);

function itemOf(event: JsonObject): JsonObject {
  return asObject(event.item) ?? {};
}
