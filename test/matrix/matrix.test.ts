// Every face × every upstream dialect × every case, over real sockets: what reaches the upstream and what
// comes back to the caller, compared with golden files under golden/<face>--<upstream>/.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkChatBody, readChatStream } from '../testkit/chat-checker.ts';
import { assertGolden, pretty } from '../testkit/golden.ts';
import { type JsonValue, parse } from '../testkit/json-value.ts';
import { checkMessagesBody, checkMessagesStream } from '../testkit/messages-checker.ts';
import type { RawReply } from '../testkit/raw-client.ts';
import { chatReply, messagesReply } from '../testkit/replies.ts';
import { json, sse } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { callCases } from './call-cases.ts';
import { replyCases } from './reply-cases.ts';

const GOLDEN = join('test', 'matrix', 'golden');
const dialects = ['chat', 'messages'] as const;
type Dialect = (typeof dialects)[number];

const paths: Readonly<Record<Dialect, string>> = { chat: '/v1/chat/completions', messages: '/v1/messages' };
/** Headers of the hop that carry meaning. */
const TELLING = ['authorization', 'x-api-key', 'anthropic-version', 'anthropic-beta'];

let upstream: ScriptedUpstream;
let gateway: Gateway;
const written = new Set<string>();

before(async () => {
  upstream = await createScriptedUpstream();
  gateway = await startGateway(`
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url}, secret: sk-upstream }
  messages: { provider: anthropic, url: ${upstream.url}, secret: sk-ant-upstream }
models:
  chat: { targets: [chat/up-model] }
  messages: { targets: [messages/claude-opus-4-5] }
`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

function golden(face: Dialect, to: Dialect, file: string): string {
  const path = join(GOLDEN, `${face}--${to}`, file);
  written.add(path);
  return path;
}

for (const face of dialects) {
  for (const to of dialects) {
    describe(`a ${face} call to a ${to} upstream`, () => {
      for (const { name, headers, ...bodies } of callCases) {
        const body = bodies[face];
        if (body === undefined) continue;
        it(name, async () => {
          upstream.respond((to === 'chat' ? chatReply : messagesReply)({ text: 'Hi.' }));
          const before = upstream.calls.length;
          const reply = await gateway.ask(paths[face], { model: to, ...body }, headers);
          const call = upstream.calls[before];
          if (face === to && !REWRITTEN.includes(name)) assert.equal(call?.text, spliced(to, body));
          assertGolden(golden(face, to, `${name}.call.json`), pretty(hop(call, reply)));
        });
      }
    });

    describe(`a ${to} reply for a ${face} caller`, () => {
      for (const { name, ...replies } of replyCases) {
        const sent = replies[to];
        if (sent === undefined) continue;
        it(`${name}, whole`, async () => {
          upstream.respond(json(sent.body));
          const reply = await gateway.ask(paths[face], question(face, to, false));
          assert.equal(reply.status, 200, reply.text);
          if (face === to) assert.deepEqual(reply.json, sent.body);
          else if (face === 'chat') checkChatBody(reply.json);
          else checkMessagesBody(reply.json);
          assertGolden(golden(face, to, `${name}.body.json`), pretty(parse(masked(reply.text))));
        });
        it(`${name}, streamed`, async () => {
          upstream.respond(sse(sent.stream));
          const reply = await gateway.ask(paths[face], question(face, to, true));
          assert.equal(reply.status, 200, reply.text);
          if (face === to) assert.equal(reply.text, sent.stream);
          else if (face === 'chat') readChatStream(reply.text, { usage: true });
          else checkMessagesStream(reply.text);
          assertGolden(golden(face, to, `${name}.stream.txt`), masked(reply.text));
        });
      }
    });
  }
}

it('has no golden file that no case writes', () => {
  const there = existsSync(GOLDEN)
    ? readdirSync(GOLDEN, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'))
    : [];
  assert.deepEqual(
    there.map((name) => join(GOLDEN, name)).filter((path) => !written.has(path)),
    [],
  );
});

/** Calls with something in them that a compatible service may not know: written anew in its own dialect. */
const REWRITTEN = ['system', 'tool-custom'];

/**
 * The caller's own bytes with the upstream's name for the model, a wish for usage where none was said, and
 * the older name of the output bound, which is the one that every compatible service knows.
 */
function spliced(to: Dialect, body: JsonValue): string {
  const model = to === 'chat' ? 'up-model' : 'claude-opus-4-5';
  const wish = to === 'chat' && body.stream === true ? { stream_options: { include_usage: true } } : {};
  const text = JSON.stringify({ model, ...body, ...wish });
  return to === 'chat' ? text.replace('"max_completion_tokens":', '"max_tokens":') : text;
}

function question(face: Dialect, to: Dialect, stream: boolean): JsonValue {
  const usage = face === 'chat' && stream ? { stream_options: { include_usage: true } } : {};
  const bound = face === 'messages' ? { max_tokens: 1000 } : {};
  return { model: to, messages: [{ role: 'user', content: 'Hello.' }], stream, ...bound, ...usage };
}

/** What arrived at the upstream, and what the caller was told about the translation. */
function hop(call: RecordedCall | undefined, reply: RawReply): JsonValue {
  const translation = reply.headers['x-signalbox-translation'];
  if (call === undefined) return { refused: { status: reply.status, body: parse(masked(reply.text)) } };
  const headers = TELLING.filter((name) => call.headers[name] !== undefined);
  return {
    path: call.path,
    headers: Object.fromEntries(headers.map((name) => [name, call.headers[name]])),
    ...(translation === undefined ? {} : { translation }),
    body: call.json,
  };
}

/** Ids of calls and times of arrival are new in every run; the upstream's own are not. */
function masked(text: string): string {
  return text
    .replaceAll(/req_[0-9a-z]{18,}/g, 'req_masked')
    .replaceAll(/"created":(?!1760000000)\d{10}/g, '"created":1');
}
