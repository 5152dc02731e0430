// Callers who wait are kept alive, over real sockets: at every face, before an answer and within it. An answer that a
// keepalive has opened may still fail over; what fails for good is told in the stream, and the receipt says so.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawReply, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, chatStream, messagesReply, messagesStream } from '../testkit/replies.ts';
import { bytes, createGate, end, json, type Script, sseHead, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';
import { cutAfter } from './setting.ts';

const messages = [{ role: 'user', content: 'Hello.' }];
const chat = (model: string): JsonValue => ({ model, stream: true, max_tokens: 50, messages });
const contents = [{ role: 'user', parts: [{ text: 'Hello.' }] }];

interface Face {
  readonly path: (model: string) => string;
  readonly body: (model: string) => JsonValue;
  /** How the sign of life looks, and what comes behind that differs. */
  readonly keepalive: string;
  readonly rest?: RegExp;
  /** How the whole of a good stream looks, signs of life taken out. */
  readonly good: RegExp;
  /** How the end of a stream that failed looks. */
  readonly failed: RegExp;
}

const faces: Readonly<Record<string, Face>> = {
  chat: {
    path: () => '/v1/chat/completions',
    body: chat,
    keepalive: ': keepalive\n\n',
    good: /^data: \{.*Sav.*ed\..*data: \[DONE\]\n\n$/s,
    failed: /^data: \{"error":[^\n]*\n\n$/,
  },
  messages: {
    path: () => '/v1/messages',
    body: chat,
    keepalive: 'event: ping\ndata: {"type": "ping"}\n\n',
    good: /^event: message_start\n.*Sav.*ed\..*event: message_stop\ndata: [^\n]*\n\n$/s,
    failed: /^event: error\ndata: [^\n]*\n\n$/,
  },
  responses: {
    path: () => '/v1/responses',
    body: (model) => ({ model, stream: true, input: 'Hello.' }),
    keepalive: 'event: keepalive\ndata: {"type":"keepalive","sequence_number":',
    rest: /^\d+\}\n\n/,
    good: /^event: response\.created\n.*"sequence_number":0.*Sav.*ed\..*event: response\.completed\ndata: [^\n]*\n\n$/s,
    failed: /^event: error\ndata: [^\n]*\n\nevent: response\.failed\ndata: [^\n]*\n\n$/,
  },
  ollama: {
    path: () => '/api/chat',
    body: (model) => ({ model, messages }),
    keepalive: ' ',
    good: /^\{.*Sav.*ed\..*"done":true.*\}\n$/s,
    failed: /^\{"error":[^\n]*\}\n$/,
  },
  'ollama, a bare prompt': {
    path: () => '/api/generate',
    body: (model) => ({ model, prompt: 'Hello.' }),
    keepalive: ' ',
    good: /^\{.*Sav.*ed\..*"done":true.*\}\n$/s,
    failed: /^\{"error":[^\n]*\}\n$/,
  },
  gemini: {
    path: (model) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: () => ({ contents }),
    keepalive: 'data: {}\r\n\r\n',
    good: /^data: \{.*Sav.*ed\..*"finishReason":"STOP".*\r\n\r\n$/s,
    failed: /^data: \{"error":[^\n]*\r\n\r\n$/,
  },
  'gemini, one array': {
    path: (model) => `/v1beta/models/${model}:streamGenerateContent`,
    body: () => ({ contents }),
    keepalive: '{}',
    good: /^\[.*Sav.*ed\..*"finishReason":"STOP".*\]\s*$/s,
    failed: /^\[.*"error":.*\]\s*$/s,
  },
};

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  first = await createScriptedUpstream();
  second = await createScriptedUpstream();
  gateway = await startGateway(`
keepalive: 100ms
upstreams:
  chat: { health: off, provider: openai-compatible, url: ${first.url} }
  engine: { health: off, provider: vllm, url: ${first.url}, protocols: [openai-chat], timeouts: { idle: 150ms } }
  pings: { health: off, provider: openai-compatible, url: ${first.url}, timeouts: { first_byte: 900ms, first_content: 1s } }
  messages: { health: off, provider: anthropic, url: ${second.url}, secret: sk-ant-1 }
models:
  only: { targets: [chat/m] }
  both: { targets: [chat/m, messages/claude-opus-4-5] }
  engine: { targets: [engine/m] }
  pings: { targets: [pings/m, messages/claude-opus-4-5] }
  quiet: { targets: [chat/m], keepalive: off }
  cached: { targets: [chat/m], cache: { ttl: 1m } }
`);
  second.respond(messagesReply({ text: ['Sav', 'ed.'] }));
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  for (const upstream of [first, second]) await upstream.close();
});

interface Waiting {
  /** Until the caller has been sent a sign of life. */
  readonly kept: Promise<void>;
  readonly reply: Promise<RawReply>;
}

async function ask(face: Face, model: string): Promise<Waiting> {
  const client = await createRawClient(gateway.url);
  const headers = { authorization: `Bearer ${KEY}` };
  await client.write(requestBytes(face.path(model), { headers, body: face.body(model) }));
  // Of a space one cannot tell: its chunk is one byte long.
  const kept = client.until(face.keepalive === ' ' ? '\r\n1\r\n \r\n' : face.keepalive.trim());
  const reply = kept.then(() => client.reply()).finally(() => client.abort());
  return { kept, reply };
}

/** A reply less its signs of life, which there must be. */
function said(face: Face, reply: RawReply): string {
  const array = face.keepalive === '{}';
  const rest = array ? /^[,\s]*/ : face.rest;
  const [first = '', ...others] = reply.text.split(face.keepalive);
  const text = [first, ...others.map((piece) => (rest === undefined ? piece : piece.replace(rest, '')))].join(
    '',
  );
  assert.notEqual(text, reply.text, 'there was a sign of life');
  return text;
}

async function lastReceipt(): Promise<JsonValue> {
  await gateway.quiet();
  return gateway.receipts().at(-1);
}

const fails = json({ error: { message: 'It broke.', type: 'api_error' } }, 500);

for (const [name, face] of Object.entries(faces)) {
  describe(`at the face ${name}`, () => {
    it('an answer that a keepalive has opened may still fail over', async () => {
      const gate = createGate();
      first.respond([wait(gate.opened), ...fails]);
      const { kept, reply } = await ask(face, 'both');
      await kept;
      gate.open();
      const whole = await reply;
      assert.equal(whole.status, 200);
      assert.equal(whole.headers['x-signalbox-upstream'], undefined, 'nobody knew who would answer');
      assert.match(said(face, whole), face.good);
      const receipt = await lastReceipt();
      assert.deepEqual([receipt.status, receipt.outcome, receipt.upstream], [200, 'ok', 'messages']);
      assert.equal(receipt.attempts.length, 2);
      assert.ok(receipt.keepalives >= 1);
    });

    it('what fails for good behind a keepalive is told in the stream, and the receipt says both', async () => {
      const gate = createGate();
      first.respond([wait(gate.opened), ...fails]);
      const { kept, reply } = await ask(face, 'only');
      await kept;
      gate.open();
      const whole = await reply;
      assert.equal(whole.status, 200);
      assert.match(said(face, whole), face.failed);
      const receipt = await lastReceipt();
      assert.deepEqual([receipt.status, receipt.outcome, receipt.started], [200, 'upstream_fault', false]);
      assert.ok(receipt.keepalives >= 1);
    });

    it('an answer that falls silent in the middle goes on behind keepalives', async () => {
      const gate = createGate();
      const [beginning, rest] = cutAfter(chatStream({ text: ['Sav', 'ed.'] }), 'Sav');
      first.respond([sseHead(), bytes(beginning), wait(gate.opened), bytes(rest), end]);
      const { kept, reply } = await ask(face, 'only');
      await kept;
      gate.open();
      assert.match(said(face, await reply), face.good);
      assert.equal((await lastReceipt()).outcome, 'ok');
    });
  });
}

const asChat = faces['chat'] as Face;

it("a stream of the same dialect is byte for byte the upstream's, whole keepalives between its events", async () => {
  const gate = createGate();
  const stream = chatStream({ text: ['Sav', 'ed.'] }, false);
  const at = stream.indexOf('Sav') + 1;
  // It stops within an event.
  first.respond([sseHead(), bytes(stream.slice(0, at)), wait(gate.opened), bytes(stream.slice(at)), end]);
  const { kept, reply } = await ask(asChat, 'only');
  await kept;
  gate.open();
  assert.equal(said(asChat, await reply), stream);
});

it('an engine that opens its stream at once and then prefills is not called silent', async () => {
  const gate = createGate();
  const comment = bytes(': prefill\n\n');
  first.respond([
    sseHead(),
    comment,
    wait(gate.opened),
    ...(tail(chatReply({ text: ['Sav', 'ed.'] })) as Script),
  ]);
  const client = await createRawClient(gateway.url);
  const headers = { authorization: `Bearer ${KEY}` };
  await client.write(requestBytes(asChat.path(''), { headers, body: asChat.body('engine') }));
  // Three periods are longer than its idle time.
  await client.until(Array.from({ length: 4 }, () => 'd\r\n: keepalive\n\n\r\n').join(''));
  gate.open();
  assert.match(said(asChat, await client.reply()), asChat.good);
  client.abort();
});

/** A script without its head. */
function tail(responder: ReturnType<typeof chatReply>): Script {
  const call = { json: { stream: true }, path: '/' } as Parameters<typeof responder>[0];
  return responder(call).slice(1);
}

it('an upstream that only shows signs of life is given up at first_content, and another answers', async () => {
  const pings = Array.from({ length: 200 }, () => [bytes(': ping\n\n'), wait(pause(20))]).flat();
  first.respond([sseHead(), ...pings]);
  const { reply } = await ask(asChat, 'pings');
  assert.match(said(asChat, await reply), asChat.good);
  const [lost, won] = (await lastReceipt()).attempts;
  assert.deepEqual([lost.outcome, won.outcome], ['upstream_timeout', 'ok']);
});

/** Upstreams may take their time; what is measured is the gateway's patience. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

it('a model may do without, and keeps its status', async () => {
  const gate = createGate();
  first.respond([wait(gate.opened), ...fails]);
  const loud = await ask(asChat, 'only');
  const client = await createRawClient(gateway.url);
  const headers = { authorization: `Bearer ${KEY}` };
  await client.write(requestBytes(asChat.path(''), { headers, body: asChat.body('quiet') }));
  await loud.kept;
  gate.open();
  assert.equal((await loud.reply).status, 200);
  assert.equal((await client.reply()).status, 502);
  client.abort();
});

it('each of those who wait for one flight is kept alive', async () => {
  const gate = createGate();
  const calls = first.calls.length;
  first.respond([
    wait(gate.opened),
    ...(chatReply({ text: ['Sav', 'ed.'] })({ json: { stream: true } } as never) as Script),
  ]);
  const one = await ask(asChat, 'cached');
  await first.call(calls);
  const other = await ask(asChat, 'cached');
  await Promise.all([one.kept, other.kept]);
  gate.open();
  for (const { reply } of [one, other]) assert.match(said(asChat, await reply), asChat.good);
  assert.equal(first.calls.length, calls + 1);
});

it('who leaves an answer that only a keepalive has opened takes the upstream along', async () => {
  const gate = createGate();
  const calls = first.calls.length;
  first.respond([wait(gate.opened), ...fails]);
  const client = await createRawClient(gateway.url);
  const headers = { authorization: `Bearer ${KEY}` };
  await client.write(requestBytes(asChat.path(''), { headers, body: asChat.body('both') }));
  await client.until(asChat.keepalive);
  client.abort();
  await (await first.call(calls)).aborted;
  gate.open();
  const receipt = await lastReceipt();
  assert.deepEqual([receipt.status, receipt.outcome, receipt.started], [200, 'client_gone', false]);
});

it('an upstream of Messages that pings before its answer is held back, and its pings count as life', async () => {
  const gate = createGate();
  const [opening, rest] = cutAfter(messagesStream({ text: ['Sav', 'ed.'] }), 'message_start');
  const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
  second.next([sseHead(), bytes(opening + ping), wait(gate.opened), bytes(ping + rest), end]);
  first.respond(fails);
  const face = faces['messages'] as Face;
  const { kept, reply } = await ask(face, 'both');
  await kept;
  gate.open();
  const whole = await reply;
  assert.ok(whole.text.startsWith(face.keepalive), 'what was heard first is ours: the opening was held back');
  assert.match(said(face, whole), face.good);
});
