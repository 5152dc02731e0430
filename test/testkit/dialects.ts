// Every dialect side by side: how its upstream speaks and breaks, how its callers ask, and how to read what they get.
import { checkChatBody, checkChatStream } from './chat-checker.ts';
import {
  converseBody,
  converseEvents,
  converseException,
  converseStream,
  EVENT_STREAM,
} from './converse-replies.ts';
import { checkGenerateBody, checkGenerateStream } from './generate-checker.ts';
import { generateBody, generateStream } from './generate-replies.ts';
import type { JsonValue } from './json-value.ts';
import { checkMessagesBody, checkMessagesStream } from './messages-checker.ts';
import { checkOllamaBody, checkOllamaStream } from './ollama-checker.ts';
import { ollamaBody, ollamaStream } from './ollama-replies.ts';
import {
  chatBody,
  chatStream,
  messagesBody,
  messagesStream,
  namedEvent,
  type ReplyOptions,
} from './replies.ts';
import type { ReplySummary } from './reply-summary.ts';
import { checkResponsesBody, checkResponsesStream } from './responses-checker.ts';
import { responsesBody, responsesStream } from './responses-replies.ts';
import { bytes, end, head, json, type Script, type Step } from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

export const dialects = ['chat', 'messages', 'responses', 'ollama', 'gemini', 'converse'] as const;
export type Dialect = (typeof dialects)[number];

interface Speech {
  /** Is this call one of its conversations? */
  readonly path: RegExp;
  readonly streams: (call: RecordedCall) => boolean;
  readonly body: (options: ReplyOptions) => JsonValue;
  readonly stream: (options: ReplyOptions, call?: RecordedCall) => string | Buffer;
  readonly media: string;
  /** What stands between two events; undefined where they say their length. */
  readonly between?: string;
  /** An error in the middle of a stream. */
  readonly broken: (message: string) => string | Buffer;
  /** An event that cannot be read. */
  readonly garbage: string | Buffer;
  readonly error: (status: number, message: string) => JsonValue;
}

const SSE = 'text/event-stream';
const openaiError = (status: number, message: string): JsonValue => ({
  error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', code: null, param: null },
});

const anthropicType: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};
const googleStatus: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Its vendor has begun to say how much was written to its cache; the fixed replies of the matrix have not. */
function wellCounted(text: string): string {
  return text.replaceAll('{"cached_tokens":0}', '{"cached_tokens":0,"cache_write_tokens":0}');
}

const speeches: Readonly<Record<Dialect, Speech>> = {
  chat: {
    path: /\/chat\/completions$/,
    streams: (call) => call.json.stream === true,
    body: chatBody,
    stream: (options, call) => chatStream(options, call?.json.stream_options?.include_usage === true),
    media: SSE,
    between: '\n\n',
    broken: (message) => `data: ${JSON.stringify(openaiError(500, message))}\n\n`,
    garbage: 'data: {"choices":[{"delta"\n\n',
    error: openaiError,
  },
  messages: {
    path: /\/messages$/,
    streams: (call) => call.json.stream === true,
    body: messagesBody,
    stream: messagesStream,
    media: SSE,
    between: '\n\n',
    broken: (message) => namedEvent({ type: 'error', error: { type: 'api_error', message } }),
    garbage: 'event: content_block_delta\ndata: {"type":"content_bl\n\n',
    error: (status, message) => ({
      type: 'error',
      error: { type: anthropicType[status] ?? 'api_error', message },
    }),
  },
  responses: {
    path: /\/responses$/,
    streams: (call) => call.json.stream === true,
    body: (options) => JSON.parse(wellCounted(JSON.stringify(responsesBody(options)))),
    stream: (options) => wellCounted(responsesStream(options)),
    media: SSE,
    between: '\n\n',
    broken: (message) => namedEvent({ type: 'error', code: 'server_error', message, param: null }),
    garbage: 'event: response.output_text.delta\ndata: {"type":"respon\n\n',
    error: openaiError,
  },
  ollama: {
    path: /\/api\/chat$/,
    streams: (call) => call.json.stream !== false,
    body: ollamaBody,
    stream: ollamaStream,
    media: 'application/x-ndjson',
    between: '\n',
    broken: (message) => `${JSON.stringify({ error: message })}\n`,
    garbage: '{"model":"up-model","mess\n',
    error: (_status, message) => ({ error: message }),
  },
  gemini: {
    path: /:(?:streamG|g)enerateContent(?:\?|$)/,
    streams: (call) => call.path.includes(':streamGenerateContent'),
    body: generateBody,
    stream: generateStream,
    media: SSE,
    between: '\r\n\r\n',
    broken: (message) =>
      `data: ${JSON.stringify({ error: { code: 500, message, status: 'INTERNAL' } })}\r\n\r\n`,
    garbage: 'data: {"candidates":[{"cont\r\n\r\n',
    error: (code, message) => ({
      error: { code, message, status: googleStatus[code] ?? 'INTERNAL' },
    }),
  },
  converse: {
    path: /\/converse(?:-stream)?$/,
    streams: (call) => call.path.endsWith('-stream'),
    body: converseBody,
    stream: (options) => converseStream(...converseEvents(options)),
    media: EVENT_STREAM,
    broken: (message) => converseException('internalServerException', message),
    garbage: Buffer.from('This is no message of a stream.'),
    error: (_status, message) => ({ message }),
  },
};

/** Which dialect a call is in, by its path. */
export function dialectOf(call: RecordedCall): Dialect | undefined {
  return dialects.find((dialect) => speeches[dialect].path.test(call.path));
}

export function streamsIn(dialect: Dialect, call: RecordedCall): boolean {
  return speeches[dialect].streams(call);
}

/** The reply in the dialect's words, whole or streamed as the call asks. */
export function replyIn(dialect: Dialect, options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) => {
    if (!streamsIn(dialect, call)) return json(bodyIn(dialect, options));
    return [streamHead(dialect), bytes(speeches[dialect].stream(options, call)), end];
  };
}

export function bodyIn(dialect: Dialect, options: ReplyOptions = {}): JsonValue {
  return speeches[dialect].body(options);
}

/** The events of a streamed reply, each with the bytes that end it. */
export function eventsIn(
  dialect: Dialect,
  options: ReplyOptions = {},
  call?: RecordedCall,
): readonly Buffer[] {
  const stream = speeches[dialect].stream(options, call);
  const { between } = speeches[dialect];
  return Buffer.isBuffer(stream) || between === undefined
    ? byLength(Buffer.from(stream))
    : stream
        .split(between)
        .slice(0, -1)
        .map((event) => Buffer.from(event + between));
}

/** Each message begins with its length. */
function byLength(stream: Buffer): readonly Buffer[] {
  const events: Buffer[] = [];
  for (let at = 0; at < stream.length; at += stream.readUInt32BE(at)) {
    events.push(stream.subarray(at, at + stream.readUInt32BE(at)));
  }
  return events;
}

/** The events up to the first that says this, and those behind it. */
export function eventsUpTo(
  dialect: Dialect,
  said: string,
  options: ReplyOptions = {},
): readonly [Buffer, Buffer] {
  const events = eventsIn(dialect, options);
  const until = events.findIndex((event) => event.includes(said)) + 1;
  if (until === 0) throw new Error(`No event of ${dialect} says ${JSON.stringify(said)}.`);
  return [Buffer.concat(events.slice(0, until)), Buffer.concat(events.slice(until))];
}

export function streamHead(dialect: Dialect, headers: Readonly<Record<string, string>> = {}): Step {
  return head(200, { 'content-type': speeches[dialect].media, ...headers });
}

/** An error in the middle of a stream, as its vendor says it. */
export function brokenEvent(dialect: Dialect, message = 'It broke.'): Buffer {
  return Buffer.from(speeches[dialect].broken(message));
}

export function garbageEvent(dialect: Dialect): Buffer {
  return Buffer.from(speeches[dialect].garbage);
}

/** The body of an error, as its vendor says it. */
export function errorIn(dialect: Dialect, status: number, message = 'It broke.'): JsonValue {
  return speeches[dialect].error(status, message);
}

export const faces = ['chat', 'messages', 'responses', 'ollama', 'gemini'] as const;
export type Face = (typeof faces)[number];

export interface Question {
  readonly path: string;
  readonly body: JsonValue;
}

interface Asking {
  readonly ask: (model: string, stream: boolean, prompt: string) => Question;
  readonly checkStream: (text: string) => ReplySummary;
  readonly checkBody: (body: JsonValue) => ReplySummary;
  readonly streamType: RegExp;
}

const turn = (content: string): JsonValue => [{ role: 'user', content }];

const askings: Readonly<Record<Face, Asking>> = {
  chat: {
    ask: (model, stream, prompt) => ({
      path: '/v1/chat/completions',
      body: {
        model,
        stream,
        ...(stream ? { stream_options: { include_usage: true } } : {}),
        max_tokens: 100,
        messages: turn(prompt),
      },
    }),
    checkStream: (text) => checkChatStream(text, { usage: true }),
    checkBody: checkChatBody,
    streamType: /^text\/event-stream/,
  },
  messages: {
    ask: (model, stream, prompt) => ({
      path: '/v1/messages',
      body: { model, stream, max_tokens: 100, messages: turn(prompt) },
    }),
    checkStream: checkMessagesStream,
    checkBody: checkMessagesBody,
    streamType: /^text\/event-stream/,
  },
  responses: {
    ask: (model, stream, prompt) => ({
      path: '/v1/responses',
      body: { model, stream, max_output_tokens: 100, store: false, input: prompt },
    }),
    checkStream: checkResponsesStream,
    checkBody: checkResponsesBody,
    streamType: /^text\/event-stream/,
  },
  ollama: {
    ask: (model, stream, prompt) => ({
      path: '/api/chat',
      body: { model, stream, options: { num_predict: 100 }, messages: turn(prompt) },
    }),
    checkStream: checkOllamaStream,
    checkBody: checkOllamaBody,
    streamType: /^application\/x-ndjson/,
  },
  gemini: {
    ask: (model, stream, prompt) => ({
      path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      body: {
        contents: [{ role: 'user', parts: [{ text: prompt }] }],
        generationConfig: { maxOutputTokens: 100 },
      },
    }),
    checkStream: checkGenerateStream,
    checkBody: checkGenerateBody,
    streamType: /^text\/event-stream/,
  },
};

/** A small call of this face. */
export function questionIn(face: Face, model: string, stream: boolean, prompt = 'Hello.'): Question {
  return askings[face].ask(model, stream, prompt);
}

/** Reads an answer strictly, and throws on whatever its vendor would not send, an error within included. */
export function readAnswer(face: Face, type: string, text: string): ReplySummary {
  const { streamType, checkStream, checkBody } = askings[face];
  return streamType.test(type) ? checkStream(text) : checkBody(JSON.parse(text));
}
