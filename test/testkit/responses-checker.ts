// A strict reader of Responses replies: numbers from 0 without gaps, items one after the other with ids that
// stay, every delta in its done event, and a final response that holds the very items that were done.
import { isDeepStrictEqual } from 'node:util';
import { type JsonValue, parse } from './json-value.ts';
import { must, parsedInput, type ReplySummary, type SaidCall } from './reply-summary.ts';
import { strictEvents } from './sse-lines.ts';

/** What OpenAI's schema says every response has. */
const REQUIRED = [
  'id',
  'object',
  'created_at',
  'status',
  'error',
  'incomplete_details',
  'instructions',
  'model',
  'tools',
  'output',
  'parallel_tool_calls',
  'metadata',
  'tool_choice',
  'temperature',
  'top_p',
];

interface OpenItem {
  readonly item: JsonValue;
  readonly parts: JsonValue[];
  /** Texts said by deltas, by the place they belong to. */
  readonly said: Map<string, string>;
  readonly whole: Map<string, string>;
}

/** The events of a stream, each with its name for a type and the next number. */
export function responseEvents(text: string): readonly JsonValue[] {
  return strictEvents(text).map((event, at) => {
    const value = parse(event.data);
    must(event.name === value.type, 'The name of an event is not its type.', event);
    must(value.sequence_number === at, `The number should be ${at}.`, event);
    return value;
  });
}

export function checkResponsesStream(text: string): ReplySummary {
  const reader = new StreamReader();
  for (const event of responseEvents(text)) reader.read(event);
  return reader.finish();
}

const DELTAS: Readonly<Record<string, readonly [type: string, field: string]>> = {
  'response.output_text': ['message', 'text'],
  'response.refusal': ['message', 'refusal'],
  'response.reasoning_summary_text': ['reasoning', 'text'],
  'response.reasoning_text': ['reasoning', 'text'],
  'response.function_call_arguments': ['function_call', 'arguments'],
  'response.custom_tool_call_input': ['custom_tool_call', 'input'],
};

class StreamReader {
  #created: JsonValue;
  #final: JsonValue;
  #open: OpenItem | undefined = undefined;
  #output = 0;
  readonly #done: JsonValue[] = [];
  readonly #ids = new Set<string>();

  read(event: JsonValue): void {
    must(this.#final === undefined, 'Something follows the end.', event);
    if (event.type === 'keepalive') return;
    must(
      (this.#created === undefined) === (event.type === 'response.created'),
      'created is not first.',
      event,
    );
    switch (event.type) {
      case 'response.created':
      case 'response.in_progress':
        checkResponse(event.response, 'in_progress');
        this.#created ??= event.response;
        must(isDeepStrictEqual(this.#created, event.response), 'The response changed.', event);
        break;
      case 'response.output_item.added':
        this.#add(event);
        break;
      case 'response.output_item.done':
        this.#settle(event);
        break;
      case 'response.completed':
      case 'response.incomplete':
        this.#end(event);
        break;
      default:
        this.#within(event);
    }
  }

  finish(): ReplySummary {
    must(this.#final !== undefined, 'The stream has no end.');
    return summaryOf(this.#final);
  }

  #add({ item, output_index: at }: JsonValue): void {
    must(this.#open === undefined, 'An item begins inside another.', item);
    must(at === this.#output, `Items should count: ${this.#output}.`, item);
    must(typeof item.id === 'string' && !this.#ids.has(item.id), 'The id of an item is not its own.', item);
    this.#ids.add(item.id);
    this.#output += 1;
    this.#open = { item, parts: [], said: new Map(), whole: new Map() };
  }

  #here(event: JsonValue): OpenItem {
    const open = this.#open;
    must(open !== undefined, 'No item is open.', event);
    must(event.output_index === this.#output - 1, 'The event is about another item.', event);
    must(event.item_id === undefined || event.item_id === open.item.id, 'The id has changed.', event);
    return open;
  }

  #within(event: JsonValue): void {
    const open = this.#here(event);
    const [, stem = '', step = ''] = /^(.*)\.([a-z]+)$/.exec(event.type) ?? [];
    const known = DELTAS[stem];
    const place = `${event.content_index ?? ''}/${event.summary_index ?? ''}`;
    if (stem.endsWith('_part')) {
      if (step === 'done') open.parts.push(event.part);
    } else if (event.type === 'response.output_text.annotation.added') {
      must(open.item.type === 'message', 'A note outside a message.', event);
    } else {
      must(known !== undefined && known[0] === open.item.type, 'No such event in such an item.', event);
      if (step === 'delta') {
        must(typeof event.delta === 'string', 'A delta says nothing.', event);
        open.said.set(place, (open.said.get(place) ?? '') + event.delta);
        if (stem === 'response.output_text') must(Array.isArray(event.logprobs), 'No logprobs.', event);
      } else {
        must(event[known[1]] === (open.said.get(place) ?? ''), 'Done with other words.', event);
        open.whole.set(place, event[known[1]]);
      }
    }
  }

  #settle(event: JsonValue): void {
    const { item } = event;
    const open = this.#here(event);
    must(item.id === open.item.id && item.type === open.item.type, 'Another item is done.', event);
    for (const place of open.said.keys()) must(open.whole.has(place), 'A text has no done event.', event);
    checkItem(item);
    if (item.type === 'message') must(isDeepStrictEqual(item.content, open.parts), 'Other parts.', event);
    this.#done.push(item);
    this.#open = undefined;
  }

  #end({ response, type }: JsonValue): void {
    must(this.#open === undefined, 'The end comes before an item is done.', response);
    checkResponse(response, type.slice('response.'.length));
    must(response.id === this.#created.id, 'The id of the response has changed.', response);
    must(isDeepStrictEqual(response.output, this.#done), 'The output is not what was done.', response);
    this.#final = response;
  }
}

export function checkResponsesBody(body: JsonValue): ReplySummary {
  must(body.status === 'completed' || body.status === 'incomplete', 'The response is not over.', body);
  checkResponse(body, body.status);
  for (const item of body.output) checkItem(item);
  return summaryOf(body);
}

function checkResponse(response: JsonValue, status: string): void {
  for (const name of REQUIRED) must(response[name] !== undefined, `The response has no ${name}.`, response);
  must(response.object === 'response', 'It is no response.', response);
  must(response.status === status, `Its status is not ${status}.`, response);
  must(/^resp_./.test(response.id), 'Its id is none of a response.', response);
  must(
    (response.incomplete_details === null) === (status !== 'incomplete'),
    'Why is it incomplete?',
    response,
  );
  if (status === 'in_progress')
    must(response.usage === null && response.output.length === 0, 'So soon?', response);
  else checkUsage(response.usage);
}

function checkUsage(usage: JsonValue): void {
  must(usage !== null && usage !== undefined, 'There is no usage.');
  must(usage.total_tokens === usage.input_tokens + usage.output_tokens, 'The total is wrong.', usage);
  must(Number.isInteger(usage.input_tokens_details.cached_tokens), 'No cached tokens.', usage);
  must(Number.isInteger(usage.input_tokens_details.cache_write_tokens), 'No written tokens.', usage);
  must(Number.isInteger(usage.output_tokens_details.reasoning_tokens), 'No reasoning tokens.', usage);
}

function checkItem(item: JsonValue): void {
  must(typeof item.id === 'string' && item.id !== '', 'An item has no id.', item);
  switch (item.type) {
    case 'message':
      must(item.role === 'assistant' && item.status === 'completed', 'No message of the assistant.', item);
      for (const part of item.content) checkPart(part);
      break;
    case 'reasoning':
      must(Array.isArray(item.summary), 'Reasoning without a summary, be it empty.', item);
      break;
    case 'function_call':
      must(typeof item.call_id === 'string' && typeof item.name === 'string', 'A nameless call.', item);
      parsedInput(item.arguments, item);
      break;
    case 'custom_tool_call':
      must(typeof item.input === 'string' && typeof item.call_id === 'string', 'A silent call.', item);
  }
}

function checkPart(part: JsonValue): void {
  if (part.type === 'refusal') must(typeof part.refusal === 'string', 'A refusal without words.', part);
  else {
    must(part.type === 'output_text' && typeof part.text === 'string', 'No part of a message.', part);
    must(Array.isArray(part.annotations) && Array.isArray(part.logprobs), 'A bare part.', part);
  }
}

function summaryOf(response: JsonValue): ReplySummary {
  const items = (type: string): readonly JsonValue[] =>
    response.output.filter((item: JsonValue) => item.type === type);
  const parts = items('message').flatMap((item) => item.content);
  const join = (values: readonly JsonValue[], field: string): string =>
    values.map((value) => value[field] ?? '').join('');
  const tools: SaidCall[] = response.output
    .filter((item: JsonValue) => item.type === 'function_call' || item.type === 'custom_tool_call')
    .map((item: JsonValue) => ({
      id: item.call_id,
      name: item.name,
      input: item.type === 'function_call' ? parse(item.arguments) : item.input,
    }));
  return {
    id: response.id,
    text: join(parts, 'text'),
    reasoning: items('reasoning')
      .map((item) => join([...item.summary, ...(item.content ?? [])], 'text'))
      .join(''),
    refusal: join(parts, 'refusal'),
    tools,
    stop: response.incomplete_details?.reason ?? response.status,
    usage: { input: response.usage.input_tokens, output: response.usage.output_tokens },
  };
}
