// For tests: runs wire bytes through the decoder and events through an encoder.
import type { ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { ChatDecoder } from './decode-reply.ts';
import { BodyEncoder } from './encode-body.ts';
import { StreamEncoder } from './encode-reply.ts';

export const encoderOptions = {
  stream: true,
  includeUsage: true,
  created: 1700000000,
  callId: 'call-1',
  operation: 'chat' as const,
};

/** One event of a stream. */
export function frame(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** A chunk with one choice. */
export function chunk(delta: unknown, finish: string | null = null, more: object = {}): string {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1700000001, model: 'm' };
  return frame({ ...head, choices: [{ index: 0, delta, finish_reason: finish }], ...more });
}

export function decodeStream(...frames: readonly string[]): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const decoder = new ChatDecoder(true, (event) => events.push(event));
  for (const text of frames) decoder.push(Buffer.from(text));
  return events;
}

export function decodeBody(text: string): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  new ChatDecoder(false, (event) => events.push(event)).push(Buffer.from(text));
  return events;
}

export function encodeStream(events: readonly ReplyEvent[], options = encoderOptions): string {
  return run(new StreamEncoder(options), events);
}

export function encodeBody(events: readonly ReplyEvent[]): string {
  return run(new BodyEncoder({ ...encoderOptions, stream: false }), events);
}

function run(encoder: ReplyEncoder, events: readonly ReplyEvent[]): string {
  return events.map((event) => encoder.event(event)).join('');
}

/** The data of every event of an encoded stream, parsed; `[DONE]` stays text. */
export function dataOf(stream: string): unknown[] {
  const events = stream.split('\n\n').filter((text) => text.startsWith('data: '));
  return events.map((text) => {
    const data = text.slice('data: '.length);
    return data === '[DONE]' ? data : (JSON.parse(data) as unknown);
  });
}
