// For tests: runs wire bytes through the watcher and the decoder, events through an encoder.
import type { GatewayError } from '../../canonical/errors.ts';
import type { FrameKind, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import type { Usage } from '../../canonical/usage.ts';
import { ResponsesDecoder } from './decode-reply.ts';
import { BodyEncoder } from './encode-body.ts';
import { StreamEncoder } from './encode-reply.ts';
import { watchResponses } from './watch.ts';

export const encoderOptions = {
  stream: true,
  includeUsage: true,
  created: 1700000000,
  callId: 'req_1',
  operation: 'chat' as const,
};

/** One event of a stream, named or not as upstreams please. */
export function frame(event: object, named = true): string {
  const { type } = event as { type?: string };
  const name = named && type !== undefined ? `event: ${type}\n` : '';
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

/** A stream of these events, numbered, between its opening and its end. */
export function stream(...events: readonly object[]): string {
  return [created, ...events].map((event, at) => frame({ ...event, sequence_number: at })).join('');
}

const opening = {
  id: 'resp_1',
  object: 'response',
  created_at: 1700000001,
  model: 'm',
  status: 'in_progress',
};
export const created = { type: 'response.created', response: { ...opening, output: [], usage: null } };

export function completed(output: readonly object[] = [], more: object = {}): object {
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  const response = { ...opening, status: 'completed', output, usage, ...more };
  return { type: `response.${response.status}`, response };
}

export function decodeStream(...frames: readonly string[]): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const decoder = new ResponsesDecoder(true, (event) => events.push(event));
  for (const text of frames) decoder.push(Buffer.from(text));
  return events;
}

export function decodeBody(text: string): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  new ResponsesDecoder(false, (event) => events.push(event)).push(Buffer.from(text));
  return events;
}

export function encodeStream(events: readonly ReplyEvent[], options: object = {}): string {
  return run(new StreamEncoder({ ...encoderOptions, ...options }), events);
}

export function encodeBody(events: readonly ReplyEvent[], options: object = {}): string {
  return run(new BodyEncoder({ ...encoderOptions, stream: false, ...options }), events);
}

function run(encoder: ReplyEncoder, events: readonly ReplyEvent[]): string {
  return events.map((event) => encoder.event(event)).join('');
}

export interface Watched {
  readonly frames: readonly (readonly [kind: FrameKind, text: string])[];
  readonly fault: GatewayError | undefined;
  readonly usage: Usage | undefined;
  readonly pieces: number;
}

export function watch(streamed: boolean, ...chunks: readonly (string | Buffer)[]): Watched {
  const frames: [FrameKind, string][] = [];
  let fault: GatewayError | undefined;
  const output = {
    frame: (bytes: Buffer, kind: FrameKind) => frames.push([kind, bytes.toString()]),
    fault: (error: GatewayError) => {
      fault = error;
    },
  };
  const watcher = watchResponses(streamed, output, 'chat');
  for (const chunk of chunks) watcher.push(Buffer.from(chunk));
  watcher.end();
  return { frames, fault, usage: watcher.usage, pieces: watcher.pieces };
}
