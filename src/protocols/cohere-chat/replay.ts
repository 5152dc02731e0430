// For tests: events as Cohere writes them, and what watcher and decoder make of them.
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import type { Usage } from '../../canonical/usage.ts';
import { createDecoder } from './decode-reply.ts';
import { watchCohere } from './watch.ts';

export const START = event({ id: 'r', type: 'message-start', delta: { message: { role: 'assistant' } } });

export function event(fields: JsonObject): string {
  return `event: ${String(fields.type)}\ndata: ${JSON.stringify(fields)}\n\n`;
}

/** Of one of the message's lists. */
export function part(type: string, index: number, message: JsonObject, more: JsonObject = {}): string {
  return event({ type, index, delta: { message }, ...more });
}

export function text(words: string, index = 0): string {
  return part('content-delta', index, { content: { text: words } });
}

export function thought(words: string, index = 0): string {
  return part('content-delta', index, { content: { thinking: words } });
}

export function plan(words: string): string {
  return event({ type: 'tool-plan-delta', delta: { message: { tool_plan: words } } });
}

export function callStart(index: number, id: string, name: string, args: Json = ''): string {
  const call = { id, type: 'function', function: { name, arguments: args } };
  return part('tool-call-start', index, { tool_calls: call });
}

export function callDelta(index: number, args: Json): string {
  return part('tool-call-delta', index, { tool_calls: { function: { arguments: args } } });
}

export function callEnd(index: number): string {
  return event({ type: 'tool-call-end', index });
}

export const usage = {
  billed_units: { input_tokens: 10, output_tokens: 5 },
  tokens: { input_tokens: 500, output_tokens: 8 },
  cached_tokens: 448,
};

export function end(finish: string, more: JsonObject = {}): string {
  return event({ type: 'message-end', delta: { finish_reason: finish, usage, ...more } });
}

export function decode(said: string, stream = true): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  createDecoder(stream, (one) => events.push(one)).push(Buffer.from(said));
  return events;
}

/** One line per event, with neighbouring deltas of a block joined. */
export function outline(events: readonly ReplyEvent[]): string[] {
  const lines: string[] = [];
  for (const one of events) {
    const line = lineOf(one);
    const last = lines.at(-1) ?? '';
    const more = one.type === 'delta' && last.startsWith(`delta ${one.index} `);
    if (more) lines[lines.length - 1] = last + one.text;
    else lines.push(line);
  }
  return lines;
}

function lineOf(one: ReplyEvent): string {
  switch (one.type) {
    case 'start':
      return `start ${one.id}`;
    case 'open':
      return `open ${one.index} ${JSON.stringify(one.block)}`;
    case 'delta':
      return `delta ${one.index} ${one.text}`;
    case 'annotate':
      return `annotate ${one.index} ${JSON.stringify(one.value)}`;
    case 'close':
      return `close ${one.index}`;
    case 'finish':
      return `finish ${one.reason}`;
    case 'usage':
      return `usage ${one.usage.fresh} ${one.usage.cacheRead} ${one.usage.output}`;
    case 'logprobs':
      return `logprobs ${JSON.stringify(one.value)}`;
    case 'error':
      return `error ${one.error.code}`;
    default:
      return one.type;
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
  const watcher = watchCohere(stream, {
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
