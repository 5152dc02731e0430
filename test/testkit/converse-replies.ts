// Converse replies as the service sends them: a body, or a stream of binary messages.
import { encodeHeaders, encodeMessage } from '../../src/lib/event-stream.ts';
import type { JsonValue } from './json-value.ts';
import { halves, type ReplyOptions, textsOf } from './replies.ts';
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

/** From the same plain description as the other dialects' replies, streamed or not, as the path says. */
export function converseReply(options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) =>
    call.path.endsWith('-stream')
      ? eventStream(converseStream(...converseEvents(options)))
      : json(converseBody(options));
}

export function converseBody(options: ReplyOptions = {}): JsonValue {
  const { reasoning, tools = [] } = options;
  const text = textsOf(options).join('');
  const content: JsonValue[] = [];
  if (reasoning !== undefined) {
    content.push({ reasoningContent: { reasoningText: { text: reasoning, signature: SIGNATURE } } });
  }
  if (text !== '') content.push({ text });
  for (const { id, name, input } of tools) content.push({ toolUse: { toolUseId: id, name, input } });
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: stopReason(options),
    ...measured(options),
  };
}

export function converseEvents(options: ReplyOptions = {}): readonly ConverseEvent[] {
  const { reasoning, tools = [] } = options;
  const events: ConverseEvent[] = [['messageStart', { role: 'assistant' }]];
  let contentBlockIndex = 0;
  const block = (deltas: readonly JsonValue[], start?: JsonValue): void => {
    if (start !== undefined) events.push(['contentBlockStart', { contentBlockIndex, start }]);
    for (const delta of deltas) events.push(['contentBlockDelta', { contentBlockIndex, delta }]);
    events.push(['contentBlockStop', { contentBlockIndex }]);
    contentBlockIndex += 1;
  };
  if (reasoning !== undefined) {
    block([{ text: reasoning }, { signature: SIGNATURE }].map((reasoningContent) => ({ reasoningContent })));
  }
  const texts = textsOf(options);
  if (texts.length > 0) block(texts.map((text) => ({ text })));
  for (const { id, name, input } of tools) {
    const pieces = halves(JSON.stringify(input)).map((piece) => ({ toolUse: { input: piece } }));
    block(pieces, { toolUse: { toolUseId: id, name } });
  }
  events.push(['messageStop', { stopReason: stopReason(options) }], ['metadata', measured(options)]);
  return events;
}

const SIGNATURE = 'c2lnbmVk';

function stopReason({ finish, tools = [] }: ReplyOptions): string {
  return finish ?? (tools.length > 0 ? 'tool_use' : 'end_turn');
}

function measured({ input = 10, output = 5 }: ReplyOptions): JsonValue {
  const usage = { inputTokens: input, outputTokens: output, totalTokens: input + output };
  return { usage, metrics: { latencyMs: 7 } };
}
