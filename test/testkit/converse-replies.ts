// Converse replies as the service sends them: a body, or a stream of binary messages.
import { encodeHeaders, encodeMessage } from '../../src/lib/event-stream.ts';
import type { JsonValue } from './json-value.ts';
import { bytes, end, head, json, type Script } from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** `[type, fields]`; the service hides the length of every event behind letters. */
export type ConverseEvent = readonly [type: string, fields: JsonValue];

export function converseStream(...events: readonly ConverseEvent[]): Buffer {
  return Buffer.concat(
    events.map(([type, fields]) =>
      encodeMessage(
        encodeHeaders({
          ':event-type': type,
          ':content-type': 'application/json',
          ':message-type': 'event',
        }),
        JSON.stringify({ ...fields, p: 'abcdefghijklmnop' }),
      ),
    ),
  );
}

export function converseException(type: string, message: string): Buffer {
  const headers = encodeHeaders({
    ':exception-type': type,
    ':content-type': 'application/json',
    ':message-type': 'exception',
  });
  return encodeMessage(headers, JSON.stringify({ message }));
}

export function eventStream(data: string | Buffer): Script {
  return [head(200, { 'content-type': EVENT_STREAM }), bytes(data), end];
}

export const HI: readonly ConverseEvent[] = [
  ['messageStart', { role: 'assistant' }],
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi.' } }],
  ['contentBlockStop', { contentBlockIndex: 0 }],
  ['messageStop', { stopReason: 'end_turn' }],
  ['metadata', { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 }, metrics: { latencyMs: 7 } }],
];

export const HI_BODY: JsonValue = {
  output: { message: { role: 'assistant', content: [{ text: 'Hi.' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
  metrics: { latencyMs: 7 },
};

/** Streamed or not, as the path says. */
export function converseHi(call: RecordedCall): Script {
  return call.path.endsWith('-stream') ? eventStream(converseStream(...HI)) : json(HI_BODY);
}
