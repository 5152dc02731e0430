// The scene of every test here: one gateway, one upstream that every dialect leads to, and a model named after each.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { checkChatBody, checkChatStream } from '../testkit/chat-checker.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { checkMessagesBody, checkMessagesStream } from '../testkit/messages-checker.ts';
import type { RawReply } from '../testkit/raw-client.ts';
import type { ReplySummary } from '../testkit/reply-summary.ts';
import { checkResponsesBody, checkResponsesStream } from '../testkit/responses-checker.ts';
import { sse } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type Responder,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { strictEvents } from '../testkit/sse-lines.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

export interface Said extends ReplySummary {
  readonly reply: RawReply;
}

/** What one caller asks: the model by the dialect of its upstream, and the fields beside it. */
export type Ask = (model: string, fields?: JsonValue) => Promise<Said>;

export interface Scene {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  /** The standing answer of the upstream. */
  answer(responder: Responder): void;
  /** What the upstream was last asked. */
  readonly sent: JsonValue;
  readonly chat: Ask;
  readonly messages: Ask;
  readonly responses: Ask;
}

export const HELLO = [{ role: 'user', content: 'Hello.' }];
export const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

const MODELS = `
models:
  chat: { targets: [chat/up-model] }
  deepseek: { targets: [deepseek/deepseek-reasoner] }
  messages: { targets: [messages/claude-opus-4-5] }
  responses: { targets: [responses/gpt-5.4] }
  gemini: { targets: [gemini/gemini-3-flash] }
  ollama: { targets: [ollama/up-model] }
  converse: { targets: ['converse/us.anthropic.claude-opus-4-5-20251101-v1:0'] }
  invoke: { targets: ['invoke/us.anthropic.claude-opus-4-5-20251101-v1:0'] }
  engine: { targets: [engine/up-model] }
`;

function upstreamsAt(url: string): string {
  return `
upstreams:
  chat: { provider: openai-compatible, url: ${url} }
  deepseek: { provider: deepseek, url: ${url}, secret: sk-up }
  messages: { provider: anthropic, url: ${url}, secret: sk-ant-up }
  responses: { provider: openai, url: ${url}, secret: sk-up, protocols: [openai-responses] }
  gemini: { provider: gemini, url: ${url}, secret: AIza-up }
  ollama: { provider: ollama, url: ${url} }
  converse: { provider: bedrock, url: ${url}, secret: up, options: { region: us-east-1 }, protocols: [bedrock-converse] }
  invoke: { provider: bedrock, url: ${url}, secret: up, options: { region: us-east-1 }, protocols: [anthropic-messages] }
  engine: { provider: vllm, url: ${url}, protocols: [openai-chat, anthropic-messages] }
`;
}

/** Starts before the first test of a file and stops after its last, when nothing may be left open. */
export function useScene(): Scene {
  let gateway: Gateway | undefined;
  let upstream: ScriptedUpstream | undefined;
  before(async () => {
    upstream = await createScriptedUpstream();
    gateway = await startGateway(`${upstreamsAt(upstream.url)}${MODELS}`);
  });
  after(async () => {
    await gateway?.quiet();
    await gateway?.stop();
    await upstream?.close();
  });
  const scene: Scene = {
    get gateway() {
      return there(gateway);
    },
    get upstream() {
      return there(upstream);
    },
    get sent() {
      return there(there(upstream).calls.at(-1)).json;
    },
    answer: (responder) => there(upstream).respond(responder),
    chat: async (model, fields = {}) => {
      const reply = await scene.gateway.ask('/v1/chat/completions', { model, messages: HELLO, ...fields });
      const usage = fields.stream_options?.include_usage === true;
      return said(reply, (text) => checkChatStream(text, { usage }), checkChatBody);
    },
    messages: async (model, fields = {}) => {
      const body = { model, max_tokens: 1000, messages: HELLO, ...fields };
      return said(await scene.gateway.ask('/v1/messages', body), checkMessagesStream, checkMessagesBody);
    },
    responses: async (model, fields = {}) => {
      const body = { model, input: 'Hello.', ...fields };
      return said(await scene.gateway.ask('/v1/responses', body), checkResponsesStream, checkResponsesBody);
    },
  };
  return scene;
}

/** Read strictly: what the dialect's own vendor would not send is a failure here already. */
function said(
  reply: RawReply,
  stream: (text: string) => ReplySummary,
  body: (value: JsonValue) => ReplySummary,
): Said {
  assert.equal(reply.status, 200, reply.text);
  const streamed = reply.headers['content-type']?.startsWith('text/event-stream') === true;
  return { ...(streamed ? stream(reply.text) : body(reply.json)), reply };
}

/** The data of every event of a stream but the marker at the end of Chat's. */
export function eventsOf(reply: RawReply): readonly JsonValue[] {
  return eventsIn(reply.text);
}

export function eventsIn(text: string): readonly JsonValue[] {
  return strictEvents(text)
    .filter(({ data }) => data !== '[DONE]')
    .map(({ data }) => JSON.parse(data) as JsonValue);
}

/** A Chat stream of exactly these deltas; the last one carries the reason. */
export function chatDeltas(
  deltas: readonly JsonValue[],
  finish: string,
  more: readonly JsonValue[] = [],
): string {
  const chunks = deltas.map((delta, at) =>
    chatChunk([{ index: 0, delta, finish_reason: at === deltas.length - 1 ? finish : null }]),
  );
  return `${[...chunks, ...more].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
}

export function chatChunk(choices: readonly JsonValue[], fields: JsonValue = {}): JsonValue {
  const head = {
    id: 'chatcmpl-up-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'up-model',
  };
  return { ...head, choices, ...fields };
}

/** A delta of a tool call; without an id it goes on with one. */
export function callDelta(index: number, input: string, id?: string, name?: string): JsonValue {
  const head = id === undefined ? {} : { id, type: 'function' };
  return {
    tool_calls: [{ index, ...head, function: { ...(name === undefined ? {} : { name }), arguments: input } }],
  };
}

/** A whole answer of Gemini. */
export const GEMINI: JsonValue = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'Hi.' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
  modelVersion: 'gemini-3-flash',
  responseId: 'r-1',
};

/** Frames of Gemini. */
export function geminiStream(parts: readonly JsonValue[], finishReason = 'STOP'): ReturnType<typeof sse> {
  const frames = parts.map((part) => ({ content: { role: 'model', parts: [part] }, index: 0 }));
  const last = { content: { role: 'model', parts: [{ text: '' }] }, finishReason, index: 0 };
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
  const texts = [...frames, last].map((candidate) =>
    JSON.stringify({
      candidates: [candidate],
      usageMetadata,
      modelVersion: 'gemini-3-flash',
      responseId: 'r-1',
    }),
  );
  return sse(texts.map((text) => `data: ${text}\r\n\r\n`).join(''));
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The scene is there only while tests run.');
  return value;
}
