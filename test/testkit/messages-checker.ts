// A strict reader of Messages replies: named events, serial blocks, deltas of the block's own type only.
import { type JsonValue, parse } from './json-value.ts';
import { must, parsedInput, type ReplySummary, type SaidCall } from './reply-summary.ts';
import { strictEvents } from './sse-lines.ts';

const REASONS = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'refusal',
  'pause_turn',
  'model_context_window_exceeded',
];

const DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  server_tool_use: ['input_json_delta'],
};

interface OpenBlock {
  readonly start: JsonValue;
  text: string;
  input: string;
  signed: boolean;
}

export function checkMessagesStream(text: string): ReplySummary {
  const reader = new StreamReader();
  for (const event of strictEvents(text)) {
    const value = parse(event.data);
    must(event.name === value.type, 'The name of an event is not its type.', event);
    reader.read(value);
  }
  return reader.finish();
}

class StreamReader {
  #message: JsonValue;
  #open: OpenBlock | undefined = undefined;
  #blocks = 0;
  #stop: JsonValue;
  #usage: JsonValue;
  #over = false;
  #text = '';
  #reasoning = '';
  readonly #tools: SaidCall[] = [];

  read(event: JsonValue): void {
    must(!this.#over, 'Something follows message_stop.', event);
    if (event.type === 'ping') return;
    must(
      (this.#message === undefined) === (event.type === 'message_start'),
      'message_start is not first.',
      event,
    );
    switch (event.type) {
      case 'message_start':
        this.#start(event.message);
        break;
      case 'content_block_start':
        this.#openBlock(event);
        break;
      case 'content_block_delta':
        this.#delta(event);
        break;
      case 'content_block_stop':
        this.#close(event);
        break;
      case 'message_delta':
        this.#end(event);
        break;
      case 'message_stop':
        must(this.#stop !== undefined, 'message_stop comes without a message_delta.', event);
        this.#over = true;
        break;
      default:
        throw new Error(`There is no event like this.\n${JSON.stringify(event)}`);
    }
  }

  finish(): ReplySummary {
    must(this.#over, 'The stream has no message_stop.');
    return {
      id: this.#message.id,
      text: this.#text,
      reasoning: this.#reasoning,
      refusal: refusalOf(this.#stop),
      tools: this.#tools,
      stop: agreed(this.#stop.stop_reason, this.#tools.length),
      usage: readUsage(this.#usage),
    };
  }

  #start(message: JsonValue): void {
    checkEnvelope(message);
    must(message.content.length === 0, 'message_start has content.', message);
    must(message.stop_reason === null, 'message_start has a stop_reason.', message);
    this.#usage = { ...message.usage };
    this.#message = message;
  }

  #openBlock({ index, content_block: start }: JsonValue): void {
    must(this.#stop === undefined, 'A block opens after message_delta.', start);
    must(this.#open === undefined, 'Blocks overlap.', start);
    must(index === this.#blocks, 'Block indexes are not serial.', start);
    if (start.type === 'text') must(start.text === '', 'A text block opens with text.', start);
    if (start.type === 'thinking') must(start.thinking === '', 'A thinking block opens with text.', start);
    if (start.type === 'tool_use') checkCallStart(start);
    this.#open = { start, text: '', input: '', signed: false };
  }

  #delta({ index, delta }: JsonValue): void {
    const open = this.#open;
    must(open !== undefined && index === this.#blocks, 'A delta belongs to no open block.', delta);
    must(DELTAS[open.start.type]?.includes(delta.type), `${open.start.type} takes no ${delta.type}.`, delta);
    must(!open.signed, 'Something follows the signature.', delta);
    if (delta.type === 'text_delta') open.text += delta.text;
    else if (delta.type === 'thinking_delta') open.text += delta.thinking;
    else if (delta.type === 'input_json_delta') open.input += delta.partial_json;
    else if (delta.type === 'signature_delta') open.signed = true;
  }

  #close({ index }: JsonValue): void {
    const open = this.#open;
    must(open !== undefined && index === this.#blocks, 'A block closes that is not open.', index);
    const { start } = open;
    if (start.type === 'text') this.#text += open.text;
    if (start.type === 'thinking') this.#reasoning += open.text;
    if (start.type === 'tool_use') {
      const input = open.input === '' ? {} : parsedInput(open.input, start);
      this.#tools.push({ id: start.id, name: start.name, input });
    }
    this.#open = undefined;
    this.#blocks += 1;
  }

  #end({ delta, usage }: JsonValue): void {
    must(this.#open === undefined, 'message_delta comes while a block is open.', delta);
    must(this.#stop === undefined, 'There are two message_delta.', delta);
    must(Number.isInteger(usage?.output_tokens), 'message_delta has no usage.', usage);
    Object.assign(this.#usage, usage);
    this.#stop = delta;
  }
}

function checkCallStart(start: JsonValue): void {
  must(
    typeof start.input === 'object' && Object.keys(start.input).length === 0,
    'A call opens with input.',
    start,
  );
  checkCall(start);
}

function checkCall(call: JsonValue): void {
  must(/^[a-zA-Z0-9_-]+$/.test(call.id), 'The id of a call is not one.', call);
  must(/^[a-zA-Z0-9_-]{1,128}$/.test(call.name), 'The name of a call is not one.', call);
}

function checkEnvelope(message: JsonValue): void {
  must(message.type === 'message' && message.role === 'assistant', 'This is no message.', message);
  must(typeof message.id === 'string' && message.id !== '', 'The message has no id.', message);
  must(typeof message.model === 'string', 'The message has no model.', message);
  must(Array.isArray(message.content), 'The message has no content.', message);
}

export function checkMessagesBody(message: JsonValue): ReplySummary {
  checkEnvelope(message);
  const tools: SaidCall[] = [];
  let text = '';
  let reasoning = '';
  for (const block of message.content) {
    if (block.type === 'text') text += block.text;
    else if (block.type === 'thinking') {
      must(typeof block.signature === 'string', 'A thinking block has no signature field.', block);
      reasoning += block.thinking;
    } else if (block.type === 'tool_use') {
      checkCall(block);
      must(typeof block.input === 'object', 'The input of a call is no object.', block);
      tools.push({ id: block.id, name: block.name, input: block.input });
    }
  }
  return {
    id: message.id,
    text,
    reasoning,
    refusal: refusalOf(message),
    tools,
    stop: agreed(message.stop_reason, tools.length),
    usage: readUsage(message.usage),
  };
}

function refusalOf({ stop_reason: reason, stop_details: details }: JsonValue): string {
  return reason === 'refusal' ? (details?.explanation ?? '') : '';
}

function agreed(stop: string, calls: number): string {
  must(REASONS.includes(stop), `"${stop}" is no stop_reason.`);
  if (stop === 'tool_use') must(calls > 0, 'The reply ends in calls and has none.');
  if (stop === 'end_turn') must(calls === 0, 'The reply has calls and ends its turn.');
  return stop;
}

function readUsage(usage: JsonValue): { input: number; output: number } {
  const counters = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];
  const input = counters.map((name) => usage[name] ?? 0).reduce((sum, count) => sum + count, 0);
  must(Number.isInteger(input), 'An input counter is no number.', usage);
  must(Number.isInteger(usage.output_tokens), 'The output counter is no number.', usage);
  return { input, output: usage.output_tokens };
}
