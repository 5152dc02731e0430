// Whatever is thrown at it, the gateway answers with a clear error in the caller's dialect, lives on, and has
// nothing left over: no call, no permit, no socket. It runs as a process of its own, so that this can be counted.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawReply, requestBytes, send } from '../testkit/raw-client.ts';
import { chatReply, messagesReply } from '../testkit/replies.ts';
import { bytes, fin, head, json, reset, type Script, sse, sseHead, stall } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type GatewayProcess, KEY, spawnGateway } from '../testkit/start-gateway.ts';
import { assertError, type Expected, facePaths } from './errors.ts';
import { type Dialect, dialects } from './setting.ts';

const MB = 2 ** 20;
const authorized = { authorization: `Bearer ${KEY}` };
let upstream: ScriptedUpstream;
let gateway: GatewayProcess;
let descriptors = 0;

before(async () => {
  upstream = await createScriptedUpstream();
  gateway = await spawnGateway(`
keys:
  - { name: test, secret: ${KEY}, metrics: true }
  - { name: narrow, secret: sk-signalbox-narrow-0123456789, models: [chat] }
upstreams:
  chat: { health: off, provider: openai-compatible, url: ${upstream.url} }
  messages: { health: off, provider: anthropic, url: ${upstream.url}, secret: sk-ant-upstream }
timeouts: { first_byte: 300ms, idle: 300ms }
models:
  chat: { targets: [chat/up-model] }
  messages: { targets: [messages/claude-opus-4-5] }
`);
  await healthy('chat');
  await healthy('messages');
  descriptors = await openDescriptors();
});

after(async () => {
  await gateway.quiet();
  await upstream.close();
  await backTo(descriptors);
  assert.equal(gateway.child.exitCode, null, 'the process lives');
  await gateway.stop();
});

async function openDescriptors(): Promise<number> {
  return (await gateway.metrics()).get('process_open_fds') ?? Number.NaN;
}

/** Idle connections to the upstream may stay open, so there can be fewer than before but never more. */
async function backTo(most: number): Promise<void> {
  let now = most + 1;
  for (let look = 0; look < 200 && now > most; look += 1) now = await openDescriptors();
  assert.ok(now <= most, `${now} descriptors are open, ${most} were at the start`);
}

function question(model: string, fields: JsonValue = {}): JsonValue {
  return { model, max_tokens: 100, messages: [{ role: 'user', content: 'Hello.' }], ...fields };
}

async function healthy(face: Dialect): Promise<void> {
  upstream.respond(face === 'chat' ? chatReply({ text: 'Hi.' }) : messagesReply({ text: 'Hi.' }));
  const reply = await gateway.ask(facePaths[face], question(face));
  assert.equal(reply.status, 200, reply.text);
}

const unreadable: Expected = { status: 400, code: 'invalid_json', type: 'invalid_request_error' };
const wrong: Expected = { status: 400, code: 'bad_request', type: 'invalid_request_error' };
const DEEP = 1_000_000;

interface BadBody extends Partial<Expected> {
  readonly why: string;
  readonly body: JsonValue;
}

/** Bodies no face can read, whatever its dialect. */
const bodies: readonly BadBody[] = [
  { why: 'nothing at all', body: '', ...unreadable, says: /empty/ },
  { why: 'plain words', body: 'hello', ...unreadable, at: /line 1, byte 0/ },
  {
    why: 'a body cut short',
    body: '{"model":"chat","messages":[{"ro',
    ...unreadable,
    at: /line 1, byte \d+/,
  },
  { why: 'a comma too many', body: '{"model":"chat",\n"messages":[],}', ...unreadable, at: /line 2/ },
  { why: 'two bodies', body: '{"model":"chat"}{"model":"chat"}', ...unreadable, at: /byte 16/ },
  { why: 'single quotes', body: "{'model':'chat'}", ...unreadable, at: /byte 1/ },
  { why: 'a list', body: [], ...unreadable, says: /object/ },
  { why: 'a number', body: '7', ...unreadable, says: /object/ },
  { why: 'null', body: 'null', ...unreadable, says: /object/ },
  {
    why: 'bytes that are not UTF-8',
    body: Buffer.from('{"model":"chat","messages":"\xc3\x28"}', 'latin1'),
    ...unreadable,
    says: /UTF-8/,
  },
  {
    why: 'a million levels of lists',
    body: `{"model":"chat","messages":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    ...wrong,
    says: /deep|level|nest/i,
  },
  {
    why: 'a million levels of objects, cut short',
    body: `{"model":"chat","messages":${'{"a":'.repeat(DEEP)}`,
    ...wrong,
    says: /deep|level|nest/i,
  },
  { why: 'no model', body: { messages: [] }, ...wrong, at: /model/ },
  { why: 'a model that is a number', body: question(7 as never), ...wrong, at: /model/ },
  { why: 'a blank model', body: question(' '), ...wrong, at: /model/ },
  { why: 'a stream that is a word', body: question('chat', { stream: 'yes' }), ...wrong, at: /stream/ },
  {
    why: 'an unknown model',
    body: question('chta'),
    status: 404,
    code: 'model_not_found',
    type: 'not_found_error',
    at: /model/,
    says: /chat/,
  },
];

/** What only a reader of the whole call can find: asked of the face's own dialect, sent to the other one. */
const calls: readonly (BadBody & { readonly face?: Dialect })[] = [
  { why: 'no messages', body: { messages: undefined }, ...wrong, at: /messages/ },
  { why: 'empty messages', body: { messages: [] }, ...wrong, at: /messages/ },
  { why: 'messages that are words', body: { messages: 'hi' }, ...wrong, at: /messages/ },
  { why: 'a message that is a number', body: { messages: [7] }, ...wrong, at: /messages\[0\]/ },
  {
    why: 'an unknown role',
    body: { messages: [{ role: 'boss', content: 'x' }] },
    ...wrong,
    at: /messages\[0\]\.role/,
  },
  {
    why: 'content that is a number',
    body: { messages: [{ role: 'user', content: 7 }] },
    ...wrong,
    at: /messages\[0\]\.content/,
  },
  {
    why: 'a part without a type',
    body: { messages: [{ role: 'user', content: [{ text: 'x' }] }] },
    ...wrong,
    at: /messages\[0\]\.content\[0\]/,
  },
  { why: 'a bound that is a word', body: { max_tokens: 'many' }, ...wrong, at: /max_tokens/ },
  { why: 'a bound below one', face: 'chat', body: { max_tokens: 0 }, ...wrong, at: /max_tokens/ },
  { why: 'a negative bound', face: 'messages', body: { max_tokens: -1 }, ...wrong, at: /max_tokens/ },
  { why: 'a temperature that is a word', body: { temperature: 'hot' }, ...wrong, at: /temperature/ },
  { why: 'tools that are an object', body: { tools: {} }, ...wrong, at: /tools/ },
  {
    why: 'a tool without a name',
    face: 'chat',
    body: { tools: [{ type: 'function', function: {} }] },
    ...wrong,
    at: /tools\[0\]\.function\.name/,
  },
  {
    why: 'a tool without a name',
    face: 'messages',
    body: { tools: [{ input_schema: { type: 'object' } }] },
    ...wrong,
    at: /tools\[0\]\.name/,
  },
  { why: 'a tool choice from nowhere', body: { tool_choice: 'maybe' }, ...wrong, at: /tool_choice/ },
  {
    why: 'a result for no call',
    face: 'messages',
    body: { messages: [{ role: 'user', content: [{ type: 'tool_result', content: 'x' }] }] },
    ...wrong,
    at: /tool_use_id/,
  },
];

for (const face of dialects) {
  const other = face === 'chat' ? 'messages' : 'chat';

  describe(`a ${face} caller sends`, () => {
    for (const { why, body, ...expected } of bodies) {
      it(why, async () => {
        const before = upstream.calls.length;
        assertError(face, await gateway.ask(facePaths[face], body), expected as Expected);
        assert.equal(upstream.calls.length, before, 'no upstream heard of it');
      });
    }
    for (const { why, body, face: only, ...expected } of calls) {
      if (only !== undefined && only !== face) continue;
      it(`${why}, to an upstream of the other dialect`, async () => {
        const before = upstream.calls.length;
        assertError(face, await gateway.ask(facePaths[face], question(other, body)), expected as Expected);
        assert.equal(upstream.calls.length, before, 'no upstream heard of it');
      });
    }

    it('a body cut at every byte', async () => {
      const whole = JSON.stringify(
        question(other, { messages: [{ role: 'user', content: 'Grüße "x" \\ 👋' }] }),
      );
      const data = Buffer.from(whole);
      const client = await createRawClient(gateway.url);
      for (let at = 0; at < data.length; at += 1) {
        await client.write(
          requestBytes(facePaths[face], { headers: authorized, body: data.subarray(0, at) }),
        );
        const reply = await client.reply();
        assertError(face, reply, unreadable);
      }
      client.abort();
    });

    it('100 MB that it announced', async () => {
      const client = await createRawClient(gateway.url);
      await client.write(
        requestBytes(facePaths[face], { headers: { ...authorized, 'content-length': String(100 * MB) } }),
      );
      assertError(face, await client.reply(), tooLarge);
      client.abort();
    });

    it('100 MB in chunks, without announcing how much', async () => {
      const reply = await sendForever(face, authorized);
      assertError(face, reply, tooLarge);
    });

    for (const headers of [
      { 'content-length': '1' },
      { 'content-length': '60000' },
      { 'content-length': String(10 * MB) },
      { 'transfer-encoding': 'chunked' },
    ]) {
      it(`${JSON.stringify(headers)} and no key: refused before the body is there, and counted`, async () => {
        const before = await refusedForTheirKey();
        const client = await createRawClient(gateway.url);
        await client.write(requestBytes(facePaths[face], { headers: headers as Record<string, string> }));
        assertError(face, await client.reply(), unknownKey);
        client.abort();
        assert.equal(await refusedForTheirKey(), before + 1);
      });
    }

    for (const [why, headers] of [
      ['no key', {}],
      ['a wrong key', { authorization: 'Bearer sk-signalbox-wrong-0123456789abcdef' }],
      ['a wrong key in the other header', { 'x-api-key': 'sk-signalbox-wrong-0123456789abcdef' }],
      ['a scheme that carries no key', { authorization: 'Basic dXNlcjpwYXNz' }],
      ['a key of a megabyte', { 'x-api-key': 'k'.repeat(12_000) }],
    ] as const) {
      it(why, async () => {
        const reply = await send(gateway.url, facePaths[face], { headers, body: question(face) });
        assertError(face, reply, unknownKey);
        assert.doesNotMatch(reply.text, /sk-signalbox-wrong/, 'the key is not repeated');
      });
    }

    it('a model its key may not use', async () => {
      const headers = { authorization: 'Bearer sk-signalbox-narrow-0123456789' };
      const reply = await send(gateway.url, facePaths[face], { headers, body: question('messages') });
      assert.ok([403, 404].includes(reply.status), reply.text);
    });
  });
}

async function refusedForTheirKey(): Promise<number> {
  let sum = 0;
  for (const [name, value] of await gateway.metrics()) {
    if (name.startsWith('signalbox_calls_total') && name.includes('invalid_key')) sum += value;
  }
  return sum;
}

const tooLarge: Expected = {
  status: 413,
  code: 'body_too_large',
  type: 'request_too_large',
  says: /20971520/,
};
const unknownKey: Expected = { status: 401, code: 'invalid_api_key', type: 'authentication_error' };

async function sendForever(face: Dialect, headers: Readonly<Record<string, string>>): Promise<RawReply> {
  const client = await createRawClient(gateway.url);
  await client.write(
    requestBytes(facePaths[face], { headers: { ...headers, 'transfer-encoding': 'chunked' } }),
  );
  const reply = client.reply();
  const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MB, 0x20), Buffer.from('\r\n')]);
  let answered = false;
  const done = reply.finally(() => {
    answered = true;
  });
  for (let sent = 0; sent < 100 && !answered && !client.isClosed; sent += 1) {
    await Promise.race([client.write(piece), client.closed, done]);
  }
  const got = await done;
  client.abort();
  return got;
}

describe('what is no valid HTTP is refused, and the connection closed', () => {
  const path = facePaths.chat;
  const body = JSON.stringify(question('chat'));
  const line = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${KEY}\r\n`;
  const rows: readonly (readonly [string, string | Buffer, number])[] = [
    [
      'content-length and transfer-encoding together',
      `${line}content-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n${body}`,
      400,
    ],
    ['two lengths that differ', `${line}content-length: 5\r\ncontent-length: 6\r\n\r\n${body}`, 400],
    ['two lengths that agree', `${line}content-length: 5\r\ncontent-length: 5\r\n\r\n${body}`, 400],
    ['a length that is a word', `${line}content-length: five\r\n\r\n${body}`, 400],
    ['a negative length', `${line}content-length: -5\r\n\r\n${body}`, 400],
    ['a chunk size that is no number', `${line}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 400],
    ['an unknown transfer coding', `${line}transfer-encoding: gzip\r\n\r\n${body}`, 400],
    ['a folded header', `${line}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`, 400],
    ['a space before the colon', `${line}x-a : b\r\ncontent-length: 0\r\n\r\n`, 400],
    ['a NUL in a header', `${line}x-a: b\0c\r\ncontent-length: 0\r\n\r\n`, 400],
    ['no host', `POST ${path} HTTP/1.1\r\ncontent-length: 0\r\n\r\n`, 400],
    ['two hosts', `${line}HOST: 127.0.0.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`, 400],
    ['a method from nowhere', `BREW ${path} HTTP/1.1\r\nhost: a\r\n\r\n`, 400],
    ['a version from nowhere', `POST ${path} HTTP/7.0\r\nhost: a\r\n\r\n`, 400],
    ['bytes of another protocol', Buffer.from('16030100a5010000a1', 'hex'), 400],
    ['headers of 32 KB', `${line}x-a: ${'a'.repeat(32_768)}\r\n\r\n`, 431],
  ];
  for (const [why, data, status] of rows) {
    it(why, async () => {
      const before = upstream.calls.length;
      const client = await createRawClient(gateway.url);
      await client.write(data);
      if (why === 'bytes of another protocol') client.end();
      const reply = await client.reply();
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.json.error.message, /^[A-Z].*\.$/);
      assert.equal(reply.headers.connection, 'close');
      await client.closed;
      assert.equal(upstream.calls.length, before, 'nothing was smuggled through');
    });
  }
});

describe('paths and methods that are not there', () => {
  const rows: readonly (readonly [string, string, number, RegExp])[] = [
    ['POST', '/v1/chat/completion', 404, /\/v1\/chat\/completions/],
    ['POST', '/chat/completions', 404, /\/v1\/chat\/completions/],
    ['POST', '/v1/message', 404, /\/v1\/messages/],
    ['GET', '/nowhere/at/all', 404, /nothing at/],
    ['GET', `/${'a'.repeat(4000)}`, 404, /nothing at/],
    ['GET', '/v1/chat/completions', 405, /POST/],
    ['DELETE', '/v1/models', 405, /GET/],
    ['POST', '/', 405, /GET/],
    ['GET', '/v1/models/none-of-ours', 404, /none-of-ours/],
    ['GET', '/v1/models/%zz', 404, /%zz/],
    ['GET', '/../../etc/passwd', 404, /nothing at/],
  ];
  for (const [method, path, status, says] of rows) {
    it(`${method} ${path.slice(0, 60)}`, async () => {
      const reply = await send(gateway.url, path, { method, headers: authorized });
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.json.error.message, says);
    });
  }

  it("answers in Anthropic's dialect to whom sends its headers", async () => {
    const headers = { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' };
    const reply = await send(gateway.url, '/v1/message', { headers, body: question('chat') });
    assertError('messages', reply, {
      status: 404,
      code: '',
      type: 'not_found_error',
      says: /\/v1\/messages/,
    });
  });

  it('shows its figures to keys that may see them, not to every caller', async () => {
    const headers = { authorization: 'Bearer sk-signalbox-narrow-0123456789' };
    const reply = await send(gateway.url, '/metrics', { method: 'GET', headers });
    assert.equal(reply.status, 403, reply.text);
    assert.match(reply.json.error.message, /"narrow" may not read \/metrics.*metrics: true/);
    assert.equal((await send(gateway.url, '/metrics', { method: 'GET', headers: authorized })).status, 200);
  });

  it('needs a key for models and metrics, none for its health', async () => {
    for (const path of ['/v1/models', '/metrics', '/v1/models/chat']) {
      assert.equal((await send(gateway.url, path, { method: 'GET' })).status, 401, path);
    }
    for (const path of ['/livez', '/readyz', '/']) {
      assert.equal((await send(gateway.url, path, { method: 'GET' })).status, 200, path);
    }
  });
});

const garbled: Expected = { status: 502, code: 'upstream_garbled', type: 'api_error' };
const fault: Expected = { status: 502, code: 'upstream_fault', type: 'api_error' };

/** What an upstream may answer instead of an answer, and what its caller is told. */
const garbage: readonly (readonly [string, Script, Partial<Expected>])[] = [
  ['a page of HTML', json('<html>Welcome</html>', 200, { 'content-type': 'text/html' }), garbled],
  ['an empty body', json('', 200), garbled],
  ['half a body', json('{"id":"x","choices":[{"ind', 200), garbled],
  ['JSON of another kind', json({ hello: 'world' }), garbled],
  ['a list', json([]), garbled],
  ['a million levels', json(`{"choices":${'['.repeat(DEEP)}`), garbled],
  ['bytes that are not HTTP', [bytes('SSH-2.0-OpenSSH_9.6\r\n\r\n'), fin], { status: 502 }],
  ['a status that is a word', [bytes('HTTP/1.1 abc OK\r\n\r\n'), fin], { status: 502 }],
  ['an endless header', [bytes(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(MB)}`), stall], { status: 502 }],
  [
    'two lengths',
    [bytes('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'), fin],
    { status: 502 },
  ],
  [
    'fewer bytes than announced',
    [head(200, { 'content-length': '99' }, 'raw'), bytes('{"choices":[]}'), fin],
    {},
  ],
  [
    'a chunk size that is no number',
    [head(200, { 'transfer-encoding': 'chunked' }, 'raw'), bytes('zz\r\n{}\r\n'), fin],
    {},
  ],
  ['a compressed body', json('{}', 200, { 'content-encoding': 'gzip' }), garbled],
  ['a redirect', [head(302, { location: 'http://127.0.0.1:1/', 'content-length': '0' }, 'raw')], fault],
  ['a connection that is reset', [reset], { status: 502, code: 'upstream_reset', type: 'api_error' }],
  ['a connection that is closed', [fin], { status: 502 }],
  ['silence', [stall], { status: 504, code: 'upstream_timeout', type: 'timeout_error' }],
  [
    'an error page of a proxy',
    json('<html>502 Bad Gateway</html>', 502, { 'content-type': 'text/html' }),
    fault,
  ],
  ['an error that is no object', json('"It is broken."', 500), fault],
  ['an error without words', json({ error: {} }, 500), fault],
];

const garbledStreams: readonly (readonly [string, Script, Partial<Expected>])[] = [
  ['no event at all', sse(''), { status: 502, code: 'upstream_truncated', type: 'api_error' }],
  ['events that are no JSON', sse('data: hello\n\n'), garbled],
  ['an event of 2 MB', sse(`data: {"choices":[{"delta":{"content":"${'a'.repeat(2 * MB)}"}}]}\n\n`), garbled],
  ['an endless line', [sseHead(), bytes(`data: ${'a'.repeat(2 * MB)}`), stall], garbled],
  ['comments only', sse(': hi\n\n: hi\n\n'), { status: 502, code: 'upstream_truncated', type: 'api_error' }],
  ['[DONE] and nothing else', sse('data: [DONE]\n\n'), {}],
  ['one body where a stream was promised', sse(JSON.stringify({ choices: [] })), { status: 502 }],
];

for (const face of dialects) {
  for (const to of dialects) {
    describe(`an upstream of ${to} answers a ${face} caller with`, () => {
      for (const [why, script, expected] of garbage) {
        it(`${why}, whole`, () => assertGarbage(face, to, script, expected, false));
        it(`${why}, instead of a stream`, () => assertGarbage(face, to, script, expected, true));
      }
      for (const [why, script, expected] of garbledStreams) {
        it(`a stream: ${why}`, () => assertGarbage(face, to, script, expected, true));
      }
    });
  }
}

async function assertGarbage(
  face: Dialect,
  to: Dialect,
  script: Script,
  expected: Partial<Expected>,
  stream: boolean,
): Promise<void> {
  upstream.respond(script);
  const reply = await gateway.ask(facePaths[face], question(to, { stream }));
  const { status = reply.status, code = reply.json.error.code, type = reply.json.error.type } = expected;
  assertError(face, reply, { ...expected, status, code, type });
  assert.ok(status >= 500, reply.text);
  assert.equal(reply.headers['x-should-retry'], 'false');
  assert.equal(reply.headers['x-signalbox-attempts'], '1');
}

describe('headers an upstream may not set', () => {
  it('are not passed on', async () => {
    const own = { 'set-cookie': 'a=b', 'x-evil': '1', 'access-control-allow-origin': '*', server: 'evil' };
    const whole = chatReply({ text: 'Hi.' });
    upstream.respond((call) => {
      const [first, ...rest] = whole(call);
      return first?.do === 'head' ? [{ ...first, headers: { ...first.headers, ...own } }, ...rest] : [];
    });
    const reply = await gateway.ask(facePaths.chat, question('chat'));
    assert.equal(reply.status, 200);
    for (const name of Object.keys(own)) assert.equal(reply.headers[name], undefined, name);
  });
});
