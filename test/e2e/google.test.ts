// Google's dialect as a face and its vendors as upstreams, over real sockets: paths, keys, framings, seals that
// callers lose, tokens that are bought, and Anthropic's models on Vertex AI.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkGenerateBody } from '../testkit/generate-checker.ts';
import { type JsonValue, parse } from '../testkit/json-value.ts';
import { send } from '../testkit/raw-client.ts';
import { chatReply, messagesReply } from '../testkit/replies.ts';
import { bytes, end, fin, json, type Script, sse, sseHead } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';

const HELLO = [{ role: 'user', parts: [{ text: 'Hello.' }] }];
const HEAD = { modelVersion: 'gemini-3-flash', responseId: 'r1' };
const USAGE = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };

function body(...parts: readonly JsonValue[]): JsonValue {
  const candidate = { content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 };
  return { candidates: [candidate], usageMetadata: USAGE, ...HEAD };
}

function stream(...chunks: readonly JsonValue[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
}

function answering(...parts: readonly JsonValue[]): (call: RecordedCall) => Script {
  return ({ path }) => (path.includes(':stream') ? sse(stream(body(...parts))) : json(body(...parts)));
}

let google: ScriptedUpstream;
let tokens: ScriptedUpstream;
let other: ScriptedUpstream;
let gateway: Gateway;
const folder = mkdtempSync(join(tmpdir(), 'signalbox-google-'));

before(async () => {
  google = await createScriptedUpstream();
  tokens = await createScriptedUpstream();
  other = await createScriptedUpstream();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = join(folder, 'account.json');
  writeFileSync(
    account,
    JSON.stringify({
      type: 'service_account',
      client_email: 'me@p.example',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `${tokens.url}/token`,
    }),
  );
  chmodSync(account, 0o600);
  gateway = await startGateway(`
upstreams:
  gemini: { provider: gemini, url: ${google.url}, secret: AIza-upstream }
  vertex:
    provider: vertex
    url: ${google.url}
    secret: file:${account}
    options: { project: p1, location: eu }
  chat: { provider: openai-compatible, url: ${other.url} }
models:
  flash: { targets: [gemini/gemini-3-flash] }
  vertex: { targets: [vertex/gemini-3-flash] }
  claude: { targets: ['vertex/claude-opus-4-5@20251101'] }
  chat: { targets: [chat/up-model] }
  ruled: { targets: [gemini/gemini-3-flash], parameters: { max_tokens: { clamp: { max: 50 } } } }
`);
});
after(async () => {
  await gateway?.quiet();
  await gateway.stop();
  for (const upstream of [google, tokens, other]) await upstream.close();
  rmSync(folder, { recursive: true });
});

describe('a caller of this dialect', () => {
  it('has its bytes passed on, with our key, to the path of its model', async () => {
    google.respond(answering({ text: 'Hi.' }));
    const before = google.calls.length;
    const reply = await gateway.ask('/v1beta/models/flash:generateContent', {
      contents: HELLO,
      x_new: [1.0],
    });
    assert.deepEqual(reply.json, body({ text: 'Hi.' }));
    const call = google.calls[before];
    assert.equal(call?.path, '/v1beta/models/gemini-3-flash:generateContent');
    assert.equal(call?.headers['x-goog-api-key'], 'AIza-upstream');
    assert.equal(call?.headers['authorization'], undefined);
    assert.equal(call?.text, JSON.stringify({ contents: HELLO, x_new: [1.0] }));
  });

  it('reads a stream as it came', async () => {
    const sent = stream(
      { candidates: [{ content: { parts: [{ text: 'Hi' }] }, index: 0 }], ...HEAD },
      body({ text: '' }),
    );
    google.respond(sse(sent));
    const reply = await gateway.ask('/v1/models/flash:streamGenerateContent?alt=sse', { contents: HELLO });
    assert.equal(reply.text, sent);
    assert.match(reply.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.equal(google.calls.at(-1)?.path, '/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse');
  });

  it('gets one growing array if it does not ask for events', async () => {
    google.respond(answering({ text: 'Hi.' }));
    const reply = await gateway.ask('/v1beta/models/flash:streamGenerateContent', { contents: HELLO });
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.deepEqual(reply.json, [body({ text: 'Hi.' })]);
    other.respond(chatReply({ text: ['Hel', 'lo'] }));
    const translated = await gateway.ask('/v1beta/models/chat:streamGenerateContent', { contents: HELLO });
    const texts = translated.json.map((chunk: JsonValue) => chunk.candidates[0].content.parts[0].text);
    assert.deepEqual(texts, ['Hel', 'lo', '']);
  });

  it('reads in that array that the answer broke off', async () => {
    const first = stream({ candidates: [{ content: { parts: [{ text: 'Hi' }] }, index: 0 }], ...HEAD });
    google.respond([sseHead(), bytes(first), fin]);
    const reply = await gateway.ask('/v1beta/models/flash:streamGenerateContent', { contents: HELLO });
    assert.equal(reply.json.length, 2);
    assert.equal(reply.json[1].error.status, 'INTERNAL');
  });

  it('counts tokens where the upstream does, and by estimate elsewhere', async () => {
    google.respond(json({ totalTokens: 31 }));
    const counted = await gateway.ask('/v1beta/models/flash:countTokens', { contents: HELLO });
    assert.deepEqual(counted.json, { totalTokens: 31 });
    assert.equal(google.calls.at(-1)?.path, '/v1beta/models/gemini-3-flash:countTokens');
    const guessed = await gateway.ask('/v1beta/models/chat:countTokens', { contents: HELLO });
    assert.ok(guessed.json.totalTokens > 0);
  });

  it('has a count of a whole call written for the model that counts', async () => {
    google.respond(json({ totalTokens: 31 }));
    const request = {
      model: 'models/flash',
      contents: HELLO,
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
    };
    const counted = await gateway.ask('/v1beta/models/flash:countTokens', {
      generateContentRequest: request,
    });
    assert.deepEqual(counted.json, { totalTokens: 31 });
    assert.equal(google.calls.at(-1)?.json.generateContentRequest.model, 'models/gemini-3-flash');
  });

  it('is held to the rules of its model, however it spells', async () => {
    google.respond(answering({ text: 'Hi.' }));
    for (const config of [
      { generationConfig: { maxOutputTokens: 99 } },
      { generation_config: { max_output_tokens: 99 } },
      { generationConfig: { max_output_tokens: 99 } },
    ]) {
      await gateway.ask('/v1beta/models/ruled:generateContent', { contents: HELLO, ...config });
      assert.doesNotMatch(google.calls.at(-1)?.text ?? '99', /99/);
    }
    await gateway.ask('/v1beta/models/ruled:generateContent', { contents: HELLO });
    assert.deepEqual(google.calls.at(-1)?.json.generationConfig, { maxOutputTokens: 50 });
  });

  it('is answered in its own words when something is wrong', async () => {
    const reply = await gateway.ask('/v1beta/models/none:generateContent', { contents: HELLO });
    assert.equal(reply.status, 404);
    assert.equal(reply.json.error.status, 'NOT_FOUND');
    const bad = await gateway.ask('/v1beta/models/chat:generateContent', { contents: [] });
    assert.equal(bad.json.error.details[1].fieldViolations[0].field, 'contents');
  });

  it('is understood by upstreams of other dialects', async () => {
    other.respond(chatReply({ text: 'Hi.', tools: [{ id: 'c1', name: 'f', input: { a: 1 } }] }));
    const reply = await gateway.ask('/v1beta/models/chat:generateContent', { contents: HELLO });
    const summary = checkGenerateBody(reply.json);
    assert.equal(summary.text, 'Hi.');
    assert.deepEqual(summary.tools, [{ id: 'c1', name: 'f', input: { a: 1 } }]);
  });
});

describe('keys', () => {
  const ask = (path: string, headers: Readonly<Record<string, string>>) =>
    send(gateway.url, path, { headers, body: { contents: HELLO } });
  const path = '/v1beta/models/flash:generateContent';
  it('are taken where the vendor’s clients put them', async () => {
    google.respond(answering({ text: 'Hi.' }));
    assert.equal((await ask(path, { 'x-goog-api-key': KEY })).status, 200);
    assert.equal((await ask(`${path}?key=${KEY}`, {})).status, 200);
    assert.equal((await ask(`${path}?key=${KEY}`, { 'x-goog-api-key': KEY })).status, 200);
  });

  it('in the query are taken on pages as they are on calls', async () => {
    const page = (query: string) => send(gateway.url, `/v1beta/models${query}`, { method: 'GET' });
    assert.equal((await page(`?key=${KEY}`)).status, 200);
    assert.equal((await page(`/flash?key=${KEY}`)).status, 200);
    assert.equal((await page('?key=nobody')).status, 401);
    assert.match((await page('')).json.error.message, /x-goog-api-key/);
    assert.equal((await send(gateway.url, `/v1/models?key=${KEY}`, { method: 'GET' })).status, 401);
  });

  it('in the query are taken in this dialect only', async () => {
    const chat = await send(gateway.url, `/v1/chat/completions?key=${KEY}`, {
      body: { model: 'chat', messages: [] },
    });
    assert.equal(chat.status, 401);
  });

  it('that are wrong or differ are refused', async () => {
    assert.equal((await ask(`${path}?key=nobody`, {})).json.error.status, 'UNAUTHENTICATED');
    const two = await ask(path, { 'x-goog-api-key': KEY, authorization: 'Bearer another-key' });
    assert.match(two.json.error.message, /two different keys/);
  });

  it('in the query reach neither the upstream nor a receipt', async () => {
    await ask(`${path}?key=${KEY}`, {});
    assert.doesNotMatch(JSON.stringify(google.calls.at(-1)), new RegExp(KEY));
    await gateway?.quiet();
    assert.doesNotMatch(JSON.stringify(gateway.receipts()), new RegExp(KEY));
  });
});

describe('the seal of a call that a caller of another dialect loses', () => {
  const asked = (id: string): JsonValue => ({
    model: 'flash',
    messages: [
      { role: 'user', content: 'Hello.' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: id, content: 'ok' },
    ],
  });
  const signatureSent = (): string | undefined => {
    const parts = google.calls.at(-1)?.json.contents[1].parts;
    return parts[0].thoughtSignature;
  };

  for (const streamed of [false, true]) {
    it(`is put back, ${streamed ? 'streamed' : 'whole'}`, async () => {
      const id = `fc_${streamed}`;
      google.respond(answering({ functionCall: { id, name: 'f', args: {} }, thoughtSignature: `sig-${id}` }));
      const question = { model: 'flash', stream: streamed, messages: [{ role: 'user', content: 'Hello.' }] };
      await gateway.ask('/v1/chat/completions', question);
      google.respond(answering({ text: 'Done.' }));
      await gateway.ask('/v1/chat/completions', asked(id));
      assert.equal(signatureSent(), `sig-${id}`);
    });
  }

  it('is put back for callers of a third dialect, too', async () => {
    google.respond(
      answering({ functionCall: { id: 'fc_m', name: 'f', args: {} }, thoughtSignature: 'sig-m' }),
    );
    const messages = [{ role: 'user', content: 'Hello.' }];
    await gateway.ask('/v1/messages', { model: 'flash', max_tokens: 9, messages });
    google.respond(answering({ text: 'Done.' }));
    await gateway.ask('/v1/messages', {
      model: 'flash',
      max_tokens: 9,
      messages: [
        ...messages,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'fc_m', name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'fc_m', content: 'ok' }] },
      ],
    });
    assert.equal(signatureSent(), 'sig-m');
  });

  it('that was never seen is said to be missing', async () => {
    google.respond(answering({ text: 'Done.' }));
    await gateway.ask('/v1/chat/completions', asked('fc_unknown'));
    assert.equal(signatureSent(), 'skip_thought_signature_validator');
  });
});

describe('Vertex AI', () => {
  it('is shown a token that was bought once, for all who waited', async () => {
    tokens.respond(json({ access_token: 'ya29.bought', expires_in: 3600, token_type: 'Bearer' }));
    google.respond(answering({ text: 'Hi.' }));
    const before = google.calls.length;
    const path = '/v1beta/models/vertex:generateContent';
    await Promise.all([1, 2, 3].map(() => gateway.ask(path, { contents: HELLO })));
    assert.equal(tokens.calls.length, 1);
    assert.match(
      tokens.calls[0]?.text ?? '',
      /^grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&/,
    );
    for (const call of google.calls.slice(before)) {
      assert.equal(call.headers['authorization'], 'Bearer ya29.bought');
      assert.equal(
        call.path,
        '/v1beta1/projects/p1/locations/eu/publishers/google/models/gemini-3-flash:generateContent',
      );
    }
  });

  it('that sells no token is an error of our secret, not of the caller', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const account = JSON.stringify({
      client_email: 'a',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `${tokens.url}/refuse`,
    });
    tokens.next(json({ error: 'invalid_grant' }, 400));
    const lone = await startGateway(`
upstreams:
  vertex: { provider: vertex, url: ${google.url}, secret: '${account.replaceAll("'", "''")}', options: { project: p } }
models: { v: { targets: [vertex/gemini-3-flash] } }
`);
    const reply = await lone.ask('/v1/chat/completions', {
      model: 'v',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    assert.equal(reply.status, 502);
    assert.doesNotMatch(reply.text, /PRIVATE KEY|invalid_grant/);
    await lone.stop();
  });

  const claude = '/v1/projects/p1/locations/eu/publishers/anthropic/models/';
  const question = { max_tokens: 9, messages: [{ role: 'user', content: 'Hello.' }] };
  for (const [why, path, sent, headers, streamed] of [
    [
      'its own dialect',
      '/v1/messages',
      question,
      { 'anthropic-beta': 'context-1m-2025-08-07,unknown-1' },
      false,
    ],
    ['its own dialect, streamed', '/v1/messages', { ...question, stream: true }, {}, true],
    [
      'another',
      '/v1/chat/completions',
      { messages: question.messages, max_tokens: 9, stream: true },
      {},
      true,
    ],
  ] as const) {
    it(`serves Claude to callers of ${why}: model in the path, version in the body`, async () => {
      google.respond(messagesReply({ text: 'Hi.' }));
      const reply = await gateway.ask(path, { model: 'claude', ...sent }, headers);
      assert.equal(reply.status, 200, reply.text);
      const call = google.calls.at(-1);
      assert.equal(
        call?.path,
        `${claude}claude-opus-4-5@20251101:${streamed ? 'streamRawPredict' : 'rawPredict'}`,
      );
      assert.equal(call?.headers['anthropic-version'], undefined);
      assert.equal(call?.headers['anthropic-beta'], undefined);
      const beta = 'anthropic-beta' in headers ? { anthropic_beta: ['context-1m-2025-08-07'] } : {};
      assert.deepEqual(call?.json, {
        ...question,
        anthropic_version: 'vertex-2023-10-16',
        ...(streamed ? { stream: true } : {}),
        ...beta,
      });
    });
  }

  it('counts the tokens of Claude where the body names the model', async () => {
    google.respond(json({ input_tokens: 12 }));
    const reply = await gateway.ask('/v1/messages/count_tokens', {
      model: 'claude',
      messages: question.messages,
    });
    assert.deepEqual(reply.json, { input_tokens: 12 });
    const call = google.calls.at(-1);
    assert.equal(call?.path, `${claude}count-tokens:rawPredict`);
    assert.equal(call?.json.model, 'claude-opus-4-5@20251101');
  });

  it('gives a caller of Google’s dialect Claude in translation', async () => {
    google.respond(messagesReply({ text: 'Hi.' }));
    const reply = await gateway.ask('/v1beta/models/claude:generateContent', { contents: HELLO });
    assert.equal(checkGenerateBody(reply.json).text, 'Hi.');
  });
});

it('an upstream that ends without a reason has not answered', async () => {
  google.respond([sseHead(), bytes('data: {}\r\n\r\n'), end]);
  const reply = await gateway.ask('/v1beta/models/flash:streamGenerateContent?alt=sse', { contents: HELLO });
  assert.equal(reply.status, 502);
  assert.equal(parse(reply.text).error.status, 'INTERNAL');
});
