// Replies to play back, and what each of them says: read leniently, as vendors write, and independently of the
// gateway's own decoders. Those in test/fixtures are written by hand and always there; recorded ones may be.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type JsonValue, parse } from '../testkit/json-value.ts';
import type { SaidCall } from '../testkit/reply-summary.ts';

const OWN = join('test', 'fixtures', 'wire');
export const FOLDER = join('..', 'shared', 'fixtures', 'wire');

export interface Recording {
  readonly name: string;
  readonly dialect: 'openai-chat' | 'anthropic-messages' | 'openai-responses';
  readonly stream: boolean;
  /** As an upstream would send it. */
  readonly bytes: Buffer;
  /** One JSON value per streamed event, or the whole body. */
  readonly values: readonly JsonValue[];
}

export interface Said {
  readonly text: string;
  readonly reasoning: string;
  readonly tools: readonly SaidCall[];
  readonly finish: string;
  readonly usage: { readonly input: number; readonly output: number } | undefined;
}

export function haveRecordings(): boolean {
  return existsSync(FOLDER);
}

/** Whole answers. */
export function recordings(): readonly Recording[] {
  const folders = haveRecordings() ? [OWN, FOLDER] : [OWN];
  return folders.flatMap((folder) => filesIn(folder).flatMap((path) => readRecordings(folder, path)));
}

export interface Failure extends Omit<Recording, 'values'> {
  readonly status: number;
}

/** Error bodies, with the status in their file's name, and streams that break off with an error. */
export function failures(): readonly Failure[] {
  const paths = filesIn(OWN).filter((path) => basename(path).startsWith('error'));
  return paths.map((path) => {
    const dialect = basename(dirname(path)) as Recording['dialect'];
    const text = readFileSync(path, 'utf8');
    const name = `${dialect}/${basename(path)}`;
    const status = Number(/error-(\d+)\.json$/.exec(path)?.[1] ?? 200);
    if (status !== 200) return { name, dialect, stream: false, status, bytes: Buffer.from(text) };
    const lines = text.trim().split('\n');
    return { name, dialect, stream: true, status, bytes: Buffer.from(eventsOf(dialect, lines)) };
  });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    })
    .sort();
}

function readRecordings(folder: string, path: string): readonly Recording[] {
  const name = path.slice(folder.length + 1);
  const text = readFileSync(path, 'utf8');
  const stream = name.endsWith('.chunks.txt');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const dialect = dialectOf((stream ? lines.at(-1) : text) ?? '');
  if (dialect === undefined) return [];
  if (!stream) return [{ name, dialect, stream, bytes: Buffer.from(text), values: [parse(text)] }];
  const replies = splitReplies(lines);
  return replies.map((reply, at): Recording => {
    const values = reply.map(parse);
    const end = dialect === 'openai-chat' ? 'data: [DONE]\n\n' : '';
    const bytes = Buffer.from(eventsOf(dialect, reply) + end);
    return { name: replies.length === 1 ? name : `${name} #${at + 1}`, dialect, stream, bytes, values };
  });
}

/** Some files hold the replies of several turns, one after the other. */
function splitReplies(lines: readonly string[]): readonly (readonly string[])[] {
  const replies: string[][] = [[]];
  for (const line of lines) {
    replies.at(-1)?.push(line);
    if (line.includes('"type":"message_stop"')) replies.push([]);
  }
  return replies.filter((reply) => reply.length > 0);
}

/** Told by the end of a recording; those of other dialects are none of ours, valid JSON or not. */
function dialectOf(text: string): Recording['dialect'] | undefined {
  if (/"object": ?"chat\.completion/.test(text)) return 'openai-chat';
  return /"type": ?"message(_stop)?"/.test(text) && !/"object": ?"response"/.test(text)
    ? 'anthropic-messages'
    : undefined;
}

function eventsOf(dialect: Recording['dialect'], lines: readonly string[]): string {
  const named = dialect !== 'openai-chat';
  return lines.map((line) => `${named ? `event: ${parse(line).type}\n` : ''}data: ${line}\n\n`).join('');
}

/** Two different answers spliced into one stream: the first was never finished. */
export function isSpliced(recording: Recording): boolean {
  const starts = recording.values.filter((value) => value.type === 'message_start');
  return new Set(starts.map((start) => start.message.id)).size > 1;
}

export function whatItSays(recording: Recording): Said {
  return recording.dialect === 'openai-chat' ? chatSays(recording.values) : messagesSay(recording.values);
}

function chatSays(values: readonly JsonValue[]): Said {
  let text = '';
  let reasoning = '';
  let finish = '';
  let usage: JsonValue;
  const calls: { id: string; name: string; input: string }[] = [];
  for (const value of values) {
    usage = value.usage ?? usage;
    const choice = value.choices[0];
    if (choice === undefined) continue;
    const part = choice.delta ?? choice.message ?? {};
    for (const piece of contentOf(part.content)) {
      if (piece.type === 'text') text += piece.text;
      if (piece.type === 'thinking')
        reasoning += piece.thinking.map((inner: JsonValue) => inner.text).join('');
    }
    reasoning += part.reasoning_content ?? part.reasoning ?? '';
    for (const call of part.tool_calls ?? []) noteCall(calls, call);
    finish = choice.finish_reason ?? finish;
  }
  return {
    text,
    reasoning,
    finish,
    tools: calls.map((call) => ({ ...call, input: parse(call.input === '' ? '{}' : call.input) })),
    usage: usage === undefined ? undefined : { input: usage.prompt_tokens, output: outputOf(usage) },
  };
}

function contentOf(content: JsonValue): readonly JsonValue[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content ?? [];
}

function noteCall(calls: { id: string; name: string; input: string }[], wire: JsonValue): void {
  const at = wire.index ?? calls.length;
  calls[at] ??= { id: wire.id, name: wire.function.name, input: '' };
  const call = calls[at];
  if (call !== undefined) call.input += wire.function.arguments ?? '';
}

/** xAI states reasoning beside the completion; every other vendor inside it. */
function outputOf(usage: JsonValue): number {
  return usage.total_tokens - usage.prompt_tokens;
}

function messagesSay(values: readonly JsonValue[]): Said {
  const [first] = values;
  if (first.type === 'message') return messageSays(first);
  const message = { ...first.message, content: [] as JsonValue[], usage: { ...first.message.usage } };
  for (const value of values) {
    if (value.type === 'content_block_start') message.content.push({ ...value.content_block, json: '' });
    else if (value.type === 'content_block_delta') grow(message.content.at(-1), value.delta);
    else if (value.type === 'message_delta') {
      message.stop_reason = value.delta.stop_reason;
      Object.assign(message.usage, value.usage);
    }
  }
  return messageSays(message);
}

function grow(block: JsonValue, delta: JsonValue): void {
  if (delta.type === 'text_delta') block.text += delta.text;
  if (delta.type === 'thinking_delta') block.thinking += delta.thinking;
  if (delta.type === 'input_json_delta') block.json += delta.partial_json;
}

function messageSays({ content, stop_reason: finish, usage }: JsonValue): Said {
  const of = (type: string): readonly JsonValue[] =>
    content.filter((block: JsonValue) => block.type === type);
  const read = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];
  return {
    text: of('text')
      .map((block) => block.text)
      .join(''),
    reasoning: of('thinking')
      .map((block) => block.thinking)
      .join(''),
    tools: of('tool_use').map(({ id, name, input, json }) => ({
      id,
      name,
      input: json === undefined || json === '' ? input : parse(json),
    })),
    finish,
    usage: {
      input: read.reduce((sum, name) => sum + (usage[name] ?? 0), 0),
      output: usage.output_tokens,
    },
  };
}
