// A strict reader of Google's generateContent replies, written from the vendor's documents and recordings and
// independently of our own decoders.
import { type JsonValue, parse } from './json-value.ts';
import { must, type ReplySummary } from './reply-summary.ts';

const REASONS = ['STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION', 'OTHER', 'CONTINUATION', 'BLOCKLIST'];
const DATA = ['text', 'functionCall', 'inlineData', 'executableCode', 'codeExecutionResult'];
const COUNTERS = [
  'promptTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
  'cachedContentTokenCount',
  'toolUsePromptTokenCount',
  'totalTokenCount',
];

interface Candidate {
  text: string;
  reasoning: string;
  readonly tools: { id: string; name: string; input: JsonValue }[];
  stop: string | undefined;
}

export function checkGenerateBody(body: JsonValue): ReplySummary {
  const reader = new Reader();
  reader.read(body);
  return reader.summary(body);
}

export function checkGenerateStream(text: string): ReplySummary {
  const events = text.split('\r\n\r\n');
  must(events.at(-1) === '', 'The stream does not end with a blank line.', events.at(-1));
  const reader = new Reader();
  let last: JsonValue;
  for (const event of events.slice(0, -1)) {
    must(
      event.startsWith('data: ') && !event.includes('\n'),
      'An event is more than one line of data.',
      event,
    );
    last = parse(event.slice('data: '.length));
    reader.read(last);
  }
  return reader.summary(last);
}

class Reader {
  readonly #candidates = new Map<number, Candidate>();
  #head: JsonValue;
  #usage: JsonValue;
  #blocked = false;

  read(chunk: JsonValue): void {
    must(chunk.error === undefined, 'The reply carries an error.', chunk);
    this.#head ??= chunk;
    for (const field of ['responseId', 'modelVersion']) {
      must(typeof chunk[field] === 'string', `A chunk has no ${field}.`, chunk);
      must(chunk[field] === this.#head[field], `"${field}" changes within the reply.`, chunk);
    }
    if (chunk.usageMetadata !== undefined) this.#usage = checkUsage(chunk.usageMetadata);
    if (chunk.promptFeedback !== undefined) this.#blocked = true;
    must(this.#blocked !== Array.isArray(chunk.candidates), 'Either candidates or a reason for none.', chunk);
    for (const candidate of chunk.candidates ?? []) this.#candidate(candidate);
  }

  #candidate(wire: JsonValue): void {
    must(Number.isInteger(wire.index), 'A candidate has no index.', wire);
    const held = this.#candidates.get(wire.index) ?? { text: '', reasoning: '', tools: [], stop: undefined };
    this.#candidates.set(wire.index, held);
    must(held.stop === undefined, 'A candidate goes on after its end.', wire);
    must(wire.content?.role === 'model', 'The role is not the model.', wire);
    for (const part of wire.content.parts ?? []) readPart(held, part);
    if (wire.finishReason === undefined) return;
    must(REASONS.includes(wire.finishReason), 'This is no finishReason.', wire);
    held.stop = wire.finishReason;
  }

  summary(last: JsonValue): ReplySummary {
    must(this.#usage !== undefined, 'There is no usage.', last);
    must(last.usageMetadata !== undefined, 'The last chunk has no usage.', last);
    const first = this.#candidates.get(0);
    for (const { stop } of this.#candidates.values())
      must(stop !== undefined, 'A candidate has no end.', last);
    must(this.#blocked || first !== undefined, 'There is no candidate 0.', last);
    return {
      id: this.#head.responseId,
      text: first?.text ?? '',
      reasoning: first?.reasoning ?? '',
      refusal: '',
      tools: first?.tools ?? [],
      stop: first?.stop ?? 'SAFETY',
      usage: {
        input: this.#usage.promptTokenCount + (this.#usage.toolUsePromptTokenCount ?? 0),
        output: this.#usage.candidatesTokenCount + (this.#usage.thoughtsTokenCount ?? 0),
      },
    };
  }
}

function readPart(held: Candidate, part: JsonValue): void {
  const kinds = DATA.filter((name) => part[name] !== undefined);
  must(kinds.length === 1, 'A part holds one thing.', part);
  if (typeof part.text === 'string') {
    if (part.thought === true) held.reasoning += part.text;
    else held.text += part.text;
  }
  if (part.functionCall === undefined) return;
  const { id, name, args } = part.functionCall;
  must(typeof id === 'string' && id !== '', 'A call has no id.', part);
  must(/^[a-zA-Z_][\w.:-]*$/.test(name), 'This is no name of a function.', part);
  must(args !== null && typeof args === 'object' && !Array.isArray(args), 'Arguments are an object.', part);
  held.tools.push({ id, name, input: args });
}

function checkUsage(usage: JsonValue): JsonValue {
  for (const name of COUNTERS) {
    const count = usage[name] ?? 0;
    must(Number.isInteger(count) && count >= 0, `${name} is no count.`, usage);
  }
  const parts = ['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'toolUsePromptTokenCount'];
  const sum = parts.reduce((total, name) => total + (usage[name] ?? 0), 0);
  must(usage.totalTokenCount === sum, 'The total is not the sum.', usage);
  must((usage.cachedContentTokenCount ?? 0) <= usage.promptTokenCount, 'More was cached than asked.', usage);
  return usage;
}
