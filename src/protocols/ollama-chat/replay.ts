// For tests: lines as Ollama writes them, and what watcher, decoder and encoders make of them.
import type { EncoderOptions, FrameKind, Operation, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import type { Usage } from '../../canonical/usage.ts';
import { OllamaDecoder } from './decode-reply.ts';
import { BodyEncoder } from './encode-body.ts';
import { StreamEncoder } from './encode-reply.ts';
import { watchOllama } from './watch.ts';

const TIME = '2025-10-09T08:53:20.123456789Z';
const HEAD = { model: 'm', created_at: TIME };

/** One line of a chat that goes on. */
export function said(message: object, more: object = {}): string {
  return `${JSON.stringify({ ...HEAD, message: { role: 'assistant', ...message }, done: false, ...more })}\n`;
}

export function done(more: object = {}): string {
  const counts = { done_reason: 'stop', prompt_eval_count: 10, eval_count: 5 };
  return `${JSON.stringify({ ...HEAD, message: { role: 'assistant', content: '' }, done: true, ...counts, ...more })}\n`;
}

/** One line of a prompt's answer. */
export function written(response: string, more: object = {}): string {
  return `${JSON.stringify({ ...HEAD, response, done: false, ...more })}\n`;
}

export function decode(text: string, stream = true, operation: Operation = 'chat'): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  new OllamaDecoder(stream, (event) => events.push(event), operation).push(Buffer.from(text));
  return events;
}

/** One line per event, with neighbouring deltas of a block joined. */
export function outline(events: readonly ReplyEvent[]): string[] {
  const lines: string[] = [];
  for (const event of events) {
    const line = lineOf(event);
    const last = lines.at(-1) ?? '';
    const more = event.type === 'delta' && last.startsWith(`delta ${event.index} `);
    if (more) lines[lines.length - 1] = last + event.text;
    else lines.push(line);
  }
  return lines;
}

function lineOf(event: ReplyEvent): string {
  switch (event.type) {
    case 'start':
      return `start ${event.model} ${event.created}`;
    case 'open':
      return `open ${event.index} ${JSON.stringify(event.block)}`;
    case 'delta':
      return `delta ${event.index} ${event.text}`;
    case 'close':
      return `close ${event.index}`;
    case 'finish':
      return `finish ${event.reason}${event.extras === undefined ? '' : ` ${JSON.stringify(event.extras)}`}`;
    case 'usage':
      return `usage ${event.usage.fresh} ${event.usage.output}`;
    case 'logprobs':
      return `logprobs ${JSON.stringify(event.value)}`;
    case 'error':
      return `error ${event.error.code}`;
    default:
      return event.type;
  }
}

export interface Watched {
  /** Neighbouring frames of one kind are one: in how many reads they came is chance. */
  readonly frames: readonly (readonly [kind: FrameKind, text: string])[];
  readonly fault: string | undefined;
  readonly usage: Usage | undefined;
  readonly pieces: number;
}

export function watch(chunks: readonly (Buffer | string)[], stream = true): Watched {
  const frames: [FrameKind, string][] = [];
  let fault: string | undefined;
  const watcher = watchOllama(stream, {
    frame: (bytes, kind) => {
      const last = frames.at(-1);
      if (last?.[0] === kind) last[1] += bytes.toString();
      else frames.push([kind, bytes.toString()]);
    },
    fault: (error) => {
      fault = error.code;
    },
  });
  for (const chunk of chunks) watcher.push(Buffer.from(chunk));
  watcher.end();
  return { frames, fault, usage: watcher.usage, pieces: watcher.pieces };
}

export const encoderOptions: EncoderOptions = {
  stream: true,
  includeUsage: true,
  created: 1_760_000_000,
  callId: 'call-1',
  operation: 'chat',
};

export function encode(events: readonly ReplyEvent[], options: Partial<EncoderOptions> = {}) {
  const all = { ...encoderOptions, ...options };
  const encoder: ReplyEncoder = all.stream ? new StreamEncoder(all) : new BodyEncoder(all);
  const text = events.map((event) => encoder.event(event)).join('');
  const told = encoder.ledger.entries.map(({ field, outcome }) => `${outcome} ${field}`);
  return { text, told };
}

/** Lines without what all of them begin with. */
export function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { model: _, created_at: __, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });
}
