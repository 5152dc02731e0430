// A strict reader of Chat replies: a state machine that refuses whatever OpenAI's own API would not send.
import { type JsonValue, parse } from './json-value.ts';
import { must, parsedInput, type ReplySummary } from './reply-summary.ts';
import { strictEvents } from './sse-lines.ts';

const REASONS = ['stop', 'length', 'tool_calls', 'content_filter'];

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly custom: boolean;
  input: string;
}

class ChoiceState {
  opened = false;
  finish: string | undefined = undefined;
  text = '';
  reasoning = '';
  refusal = '';
  readonly calls: OpenCall[] = [];
}

/** `usage`: the caller asked for it, so it must be there; otherwise it must not. */
export function checkChatStream(text: string, options: { readonly usage: boolean }): ReplySummary {
  const [first] = readChatStream(text, options);
  must(first !== undefined, 'The stream has no choice.', text);
  return first;
}

/** One summary per choice. */
export function readChatStream(
  text: string,
  { usage }: { readonly usage: boolean },
): readonly ReplySummary[] {
  const reader = new StreamReader();
  const events = strictEvents(text);
  must(events.at(-1)?.data === '[DONE]', 'The last event is not [DONE].', events.at(-1));
  for (const event of events.slice(0, -1)) {
    must(event.name === undefined, 'A Chat event has a name.', event);
    reader.read(parse(event.data));
  }
  return reader.finish(usage);
}

class StreamReader {
  readonly #choices = new Map<number, ChoiceState>();
  #first: JsonValue;
  #usage: JsonValue;

  read(chunk: JsonValue): void {
    this.#first ??= chunk;
    must(chunk.error === undefined, 'The stream carries an error.', chunk);
    must(chunk.object === 'chat.completion.chunk', 'A chunk has the wrong object.', chunk);
    for (const field of ['id', 'created', 'model']) {
      must(chunk[field] === this.#first[field], `"${field}" changes within the stream.`, chunk);
    }
    must(typeof chunk.id === 'string' && chunk.id !== '', 'A chunk has no id.', chunk);
    must(Number.isInteger(chunk.created), '"created" is not whole seconds.', chunk);
    must(Array.isArray(chunk.choices), 'A chunk has no choices.', chunk);
    must(this.#usage === undefined, 'Something follows the usage.', chunk);
    if (chunk.choices.length === 0) this.#readUsage(chunk);
    for (const choice of chunk.choices) this.#readChoice(choice);
  }

  finish(usage: boolean): readonly ReplySummary[] {
    must((this.#usage !== undefined) === usage, `Usage was ${usage ? '' : 'not '}asked for.`, this.#usage);
    return [...this.#choices.entries()].sort(([a], [b]) => a - b).map(([, choice]) => this.#summary(choice));
  }

  #readUsage(chunk: JsonValue): void {
    must(
      chunk.usage !== null && typeof chunk.usage === 'object',
      'A chunk has neither choices nor usage.',
      chunk,
    );
    for (const choice of this.#choices.values()) {
      must(choice.finish !== undefined, 'Usage comes before the end of a choice.', chunk);
    }
    this.#usage = chunk.usage;
  }

  #readChoice(wire: JsonValue): void {
    must(Number.isInteger(wire.index), 'A choice has no index.', wire);
    const choice = this.#choices.get(wire.index) ?? new ChoiceState();
    this.#choices.set(wire.index, choice);
    must(choice.finish === undefined, 'A choice goes on after its end.', wire);
    const { delta } = wire;
    must(delta !== null && typeof delta === 'object', 'A choice has no delta.', wire);
    must(choice.opened === (delta.role === undefined), 'The role belongs into the first delta only.', wire);
    if (!choice.opened) must(delta.role === 'assistant', 'The role is not the assistant.', wire);
    choice.opened = true;
    readDelta(choice, delta);
    if (wire.finish_reason === null || wire.finish_reason === undefined) return;
    must(REASONS.includes(wire.finish_reason), 'This is no finish_reason.', wire);
    must(Object.keys(delta).length === 0, 'The finishing chunk has a delta.', wire);
    choice.finish = wire.finish_reason;
  }

  #summary(choice: ChoiceState): ReplySummary {
    must(choice.finish !== undefined, 'A choice has no end.');
    return {
      id: this.#first.id,
      text: choice.text,
      reasoning: choice.reasoning,
      refusal: choice.refusal,
      tools: choice.calls.map((call) => ({
        id: call.id,
        name: call.name,
        input: call.custom ? call.input : parsedInput(call.input, call),
      })),
      stop: agreed(choice.finish, choice.calls.length),
      usage: this.#usage === undefined ? undefined : readUsage(this.#usage),
    };
  }
}

function readDelta(choice: ChoiceState, delta: JsonValue): void {
  for (const [name, value] of Object.entries(delta)) {
    if (name === 'role' || value === null) continue;
    if (name === 'content') choice.text += textOf(value, delta);
    else if (name === 'reasoning_content') choice.reasoning += textOf(value, delta);
    else if (name === 'refusal') choice.refusal += textOf(value, delta);
    else if (name === 'tool_calls') for (const call of value as JsonValue[]) readCall(choice, call);
    else if (name !== 'annotations') throw new Error(`A delta says "${name}".\n${JSON.stringify(delta)}`);
  }
}

function textOf(value: unknown, about: JsonValue): string {
  must(typeof value === 'string', 'A piece of text is not text.', about);
  return value;
}

/** The first delta of a call names it, later ones only go on with its input. */
function readCall(choice: ChoiceState, wire: JsonValue): void {
  must(Number.isInteger(wire.index), 'A call has no index.', wire);
  const custom = wire.custom !== undefined;
  const piece = custom ? wire.custom.input : wire.function?.arguments;
  must(typeof piece === 'string', 'A call delta has no arguments.', wire);
  const open = choice.calls[wire.index];
  if (open !== undefined) {
    must(wire.id === undefined && wire.type === undefined, 'A call is named twice.', wire);
    must(wire.function?.name === undefined, 'A call is named twice.', wire);
    open.input += piece;
    return;
  }
  must(wire.index === choice.calls.length, 'Call indexes skip.', wire);
  must(typeof wire.id === 'string' && wire.id !== '', 'A call has no id.', wire);
  must(!choice.calls.some((call) => call.id === wire.id), 'Two calls share an id.', wire);
  must(wire.type === (custom ? 'custom' : 'function'), 'A call has the wrong type.', wire);
  const name = custom ? wire.custom.name : wire.function.name;
  must(typeof name === 'string' && name !== '', 'A call has no name.', wire);
  choice.calls.push({ id: wire.id, name, custom, input: piece });
}

export function checkChatBody(body: JsonValue): ReplySummary {
  must(body.object === 'chat.completion', 'The body has the wrong object.', body);
  must(typeof body.id === 'string' && body.id !== '', 'The body has no id.', body);
  must(Number.isInteger(body.created), '"created" is not whole seconds.', body);
  must(typeof body.model === 'string', 'The body has no model.', body);
  const [choice] = body.choices;
  must(choice !== undefined && choice.index === 0, 'The first choice is not number 0.', body);
  const { message } = choice;
  must(message.role === 'assistant', 'The role is not the assistant.', body);
  must(message.content === null || typeof message.content === 'string', 'The content is no text.', body);
  must(REASONS.includes(choice.finish_reason), 'This is no finish_reason.', body);
  const calls: readonly JsonValue[] = message.tool_calls ?? [];
  return {
    id: body.id,
    text: message.content ?? '',
    reasoning: message.reasoning_content ?? '',
    refusal: message.refusal ?? '',
    tools: calls.map(bodyCall),
    stop: agreed(choice.finish_reason, calls.length),
    usage: readUsage(body.usage),
  };
}

function bodyCall(call: JsonValue): { id: string; name: string; input: JsonValue } {
  must(typeof call.id === 'string' && call.id !== '', 'A call has no id.', call);
  if (call.type === 'custom') return { id: call.id, name: call.custom.name, input: call.custom.input };
  must(call.type === 'function', 'A call has the wrong type.', call);
  return { id: call.id, name: call.function.name, input: parsedInput(call.function.arguments, call) };
}

/** SDK loops run on `tool_calls` and stop on anything else. */
function agreed(finish: string, calls: number): string {
  if (finish === 'tool_calls') must(calls > 0, 'The reply ends in calls and has none.');
  if (finish === 'stop') must(calls === 0, 'The reply has calls and ends with "stop".');
  return finish;
}

function readUsage(usage: JsonValue): { input: number; output: number } {
  must(usage !== null && typeof usage === 'object', 'There is no usage.', usage);
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = usage;
  for (const count of [input, output, total]) must(Number.isInteger(count), 'A counter is no number.', usage);
  must(total === input + output, 'The total is not the sum.', usage);
  return { input, output };
}
