// Upstream replies of Responses from the same plain description as the other dialects', as OpenAI sends them.
import type { JsonValue } from './json-value.ts';
import { halves, namedEvent, type ReplyOptions, textsOf } from './replies.ts';
import { json, type Script, sse } from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

const CREATED = 1_760_000_000;

export function responsesReply(options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) => (call.json.stream === true ? sse(responsesStream(options)) : json(responsesBody(options)));
}

export function responseOf(output: readonly JsonValue[], fields: JsonValue = {}): JsonValue {
  return {
    id: 'resp_up_1',
    object: 'response',
    created_at: CREATED,
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: 'up-model',
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 15,
    },
    user: null,
    metadata: {},
    ...fields,
  };
}

/** The events of a stream that ends with this response, its texts in pieces. */
export function streamOf(response: JsonValue, pieces: (text: string) => readonly string[] = halves): string {
  const opening = { ...response, status: 'in_progress', output: [], usage: null, incomplete_details: null };
  const events: JsonValue[] = [
    { type: 'response.created', response: opening },
    { type: 'response.in_progress', response: opening },
  ];
  for (const [at, item] of response.output.entries()) {
    const place = { item_id: item.id, output_index: at };
    const bare = { ...item, ...(item.status === undefined ? {} : { status: 'in_progress' }) };
    if (item.type === 'message') bare.content = [];
    if (item.type === 'reasoning') bare.summary = [];
    if (item.type === 'function_call') bare.arguments = '';
    if (item.type === 'custom_tool_call') bare.input = '';
    events.push({ type: 'response.output_item.added', output_index: at, item: bare });
    events.push(...within(item, place, pieces));
    events.push({ type: 'response.output_item.done', output_index: at, item });
  }
  events.push({ type: `response.${response.status}`, response });
  return events
    .map(({ type, ...event }, number) => namedEvent({ type, sequence_number: number, ...event }))
    .join('');
}

function within(item: JsonValue, place: JsonValue, pieces: (text: string) => readonly string[]): JsonValue[] {
  switch (item.type) {
    case 'message':
      return item.content.flatMap((part: JsonValue, at: number) =>
        partEvents(part, { ...place, content_index: at }, pieces),
      );
    case 'reasoning':
      return item.summary.flatMap((part: JsonValue, at: number) => {
        const here = { ...place, summary_index: at };
        return [
          { type: 'response.reasoning_summary_part.added', ...here, part: { ...part, text: '' } },
          ...pieces(part.text).map((delta) => ({
            type: 'response.reasoning_summary_text.delta',
            ...here,
            delta,
          })),
          { type: 'response.reasoning_summary_text.done', ...here, text: part.text },
          { type: 'response.reasoning_summary_part.done', ...here, part },
        ];
      });
    case 'function_call':
      return inputEvents('response.function_call_arguments', 'arguments', item, place, pieces);
    case 'custom_tool_call':
      return inputEvents('response.custom_tool_call_input', 'input', item, place, pieces);
    default:
      return [];
  }
}

function inputEvents(
  stem: string,
  field: string,
  item: JsonValue,
  place: JsonValue,
  pieces: (text: string) => readonly string[],
): JsonValue[] {
  const text: string = item[field];
  return [
    ...pieces(text).map((delta) => ({ type: `${stem}.delta`, ...place, delta })),
    { type: `${stem}.done`, ...place, [field]: text },
  ];
}

function partEvents(
  part: JsonValue,
  here: JsonValue,
  pieces: (text: string) => readonly string[],
): JsonValue[] {
  const refusal = part.type === 'refusal';
  const field = refusal ? 'refusal' : 'text';
  const stem = refusal ? 'response.refusal' : 'response.output_text';
  const [first, ...rest] = pieces(part[field]);
  const logprobs = refusal ? {} : { logprobs: [] };
  const said = [first, ...rest].filter((delta) => delta !== undefined);
  const notes = (part.annotations ?? []).map((annotation: JsonValue, at: number) => ({
    type: 'response.output_text.annotation.added',
    ...here,
    annotation_index: at,
    annotation,
  }));
  return [
    { type: 'response.content_part.added', ...here, part: { ...part, [field]: '' } },
    ...said.map((delta, at) => ({
      type: `${stem}.delta`,
      ...here,
      delta,
      ...(refusal ? {} : { logprobs: at === 0 ? (part.logprobs ?? []) : [] }),
    })),
    ...notes,
    { type: `${stem}.done`, ...here, [field]: part[field], ...logprobs },
    { type: 'response.content_part.done', ...here, part },
  ];
}

export function textMessage(text: string, fields: JsonValue = {}): JsonValue {
  const part = { type: 'output_text', annotations: [], logprobs: [], text, ...fields };
  return { id: 'msg_up_1', type: 'message', status: 'completed', content: [part], role: 'assistant' };
}

export function responsesBody(options: ReplyOptions = {}): JsonValue {
  const {
    id = 'resp_up_1',
    model = 'up-model',
    reasoning,
    tools = [],
    finish,
    input = 10,
    output = 5,
  } = options;
  const text = textsOf(options).join('');
  const items: JsonValue[] = [];
  if (reasoning !== undefined) {
    const summary = [{ type: 'summary_text', text: reasoning }];
    items.push({ id: 'rs_up_1', type: 'reasoning', summary, encrypted_content: 'gAAAsealed' });
  }
  if (text !== '') items.push(textMessage(text));
  for (const [at, tool] of tools.entries()) {
    const called = { arguments: JSON.stringify(tool.input), call_id: tool.id, name: tool.name };
    items.push({ id: `fc_up_${at}`, type: 'function_call', status: 'completed', ...called });
  }
  const cut = finish === undefined ? {} : { status: 'incomplete', incomplete_details: { reason: finish } };
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  return responseOf(items, { id, model, usage, ...cut });
}

export function responsesStream(options: ReplyOptions = {}): string {
  const texts = textsOf(options);
  const whole = texts.join('');
  return streamOf(responsesBody(options), (text) => (text === whole ? texts : halves(text)));
}
