// What Ollama's clients meet beside answers: pages, refusals, a key that is missing, models made ready. Over sockets,
// with no client of Ollama's at hand; ../clients/ollama.test.ts has one.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ndjson } from '../testkit/ollama-replies.ts';
import { send } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { json } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  gateway = await startGateway(`
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
  native: { provider: ollama, url: ${upstream.url} }
models:
  cloud: { targets: [chat/up-model] }
  local: { targets: [native/up-model], parameters: { max_tokens: { clamp: { max: 50 } } }, system_prompt: Be brief. }
keys:
  - { name: test, secret: sk-signalbox-test-0123456789abcdef, metrics: true }
  - { name: narrow, secret: sk-signalbox-test-fedcba9876543210, models: [cloud] }
`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

function ask(method: string, path: string, body?: object, key: string | undefined = gateway.key) {
  const headers = key === '' ? {} : { authorization: `Bearer ${key}` };
  return send(gateway.url, path, { method, headers, ...(body === undefined ? {} : { body }) });
}

describe('pages', () => {
  it('list what the key may use', async () => {
    const names = async (key: string) =>
      (await ask('GET', '/api/tags', undefined, key)).json.models.map(
        (model: { name: string }) => model.name,
      );
    assert.ok((await names(gateway.key)).includes('local'));
    assert.deepEqual(await names('sk-signalbox-test-fedcba9876543210'), ['cloud']);
  });

  it('show a model to who may use it', async () => {
    const shown = await ask('POST', '/api/show', { model: 'local:latest' });
    assert.equal(shown.status, 200);
    assert.deepEqual(shown.json.capabilities, ['completion', 'tools']);
    const narrow = await ask('POST', '/api/show', { model: 'local' }, 'sk-signalbox-test-fedcba9876543210');
    assert.equal(narrow.status, 404);
    assert.match(narrow.json.error, /model 'local' not found/);
  });

  it('have no body for a HEAD, and tell anybody the version', async () => {
    const headers = { authorization: `Bearer ${gateway.key}` };
    const head = await fetch(`${gateway.url}/api/tags`, { method: 'HEAD', headers });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.equal((await fetch(gateway.url, { method: 'HEAD' })).status, 200);
    assert.match((await ask('GET', '/api/version', undefined, '')).json.version, /^\d/);
  });

  const refused: readonly (readonly [
    why: string,
    method: string,
    path: string,
    body: object | undefined,
    key: string | undefined,
    status: number,
    words: RegExp,
  ])[] = [
    ['no key', 'GET', '/api/tags', undefined, '', 401, /carries no key.*authorization/],
    [
      'no key, for something that is not done',
      'POST',
      '/api/pull',
      { model: 'x' },
      '',
      401,
      /carries no key/,
    ],
    ['another method', 'DELETE', '/api/tags', undefined, undefined, 405, /GET, HEAD, OPTIONS/],
    ['no body', 'POST', '/api/show', undefined, undefined, 400, /body is empty/],
    ['pulling', 'POST', '/api/pull', { model: 'x' }, undefined, 501, /does not fetch models/],
    ['deleting', 'DELETE', '/api/delete', { model: 'x' }, undefined, 501, /does not delete models/],
    [
      'a file of a model',
      'POST',
      '/api/blobs/sha256:0',
      { a: 'x'.repeat(100_000) },
      undefined,
      501,
      /does not store/,
    ],
    ['a path that is none', 'GET', '/api/nothing', undefined, undefined, 404, /nothing at \/api\/nothing/],
  ];
  for (const [why, method, path, body, key, status, words] of refused) {
    it(`refuse in Ollama's shape: ${why}`, async () => {
      const reply = await ask(method, path, body, key);
      assert.equal(reply.status, status);
      assert.match(reply.json.error, words);
    });
  }

  it('let browsers ask first', async () => {
    const reply = await ask('OPTIONS', '/api/show', undefined, '');
    assert.equal(reply.status, 204);
    assert.equal(reply.headers['allow'], 'POST, OPTIONS');
  });
});

describe('calls', () => {
  it('are streamed as lines unless they say no', async () => {
    upstream.respond(chatReply({ text: ['Hel', 'lo'] }));
    const reply = await gateway.ask('/api/chat', {
      model: 'cloud',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    assert.equal(reply.headers['content-type'], 'application/x-ndjson');
    assert.equal(reply.text.trim().split('\n').length, 3);
    const whole = await gateway.ask('/api/generate', { model: 'cloud', prompt: 'Hi', stream: false });
    assert.equal(whole.headers['content-type'], 'application/json');
    assert.equal(whole.json.response, 'Hello');
    assert.ok(whole.json.total_duration > 0);
  });

  it('that only load a model are answered at once where there is nothing to load, streamed or not', async () => {
    const before = upstream.calls.length;
    for (const [path, body, reason] of [
      ['/api/chat', { messages: [] }, 'load'],
      ['/api/chat', { messages: [], keep_alive: 0, stream: false }, 'unload'],
      ['/api/generate', {}, 'load'],
    ] as const) {
      const reply = await gateway.ask(path, { model: 'cloud', ...body });
      assert.equal(reply.status, 200);
      assert.equal(JSON.parse(reply.text).done_reason, reason);
    }
    assert.equal(upstream.calls.length, before);
    const receipt = gateway.receipts().at(-1);
    assert.equal(receipt?.outcome ?? 'ok', 'ok');
  });

  it('that load a model go to an Ollama with the window they will need, and no word added', async () => {
    upstream.respond(
      json(
        '{"model":"up-model","created_at":"x","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}',
      ),
    );
    const reply = await gateway.ask('/api/chat', { model: 'local', messages: [] });
    assert.equal(JSON.parse(reply.text).done_reason, 'load');
    const sent = upstream.calls.at(-1)?.json;
    assert.deepEqual(sent?.messages, []);
    assert.equal(sent?.truncate, false);
  });

  it('obey a model’s rules in both forms', async () => {
    const line = '{"model":"up-model","created_at":"x","response":"Hi","done":true,"done_reason":"stop"}\n';
    upstream.respond(ndjson(line));
    const reply = await gateway.ask('/api/generate', {
      model: 'local',
      prompt: 'Hi',
      options: { num_predict: 500 },
    });
    assert.equal(reply.text, line);
    const sent = upstream.calls.at(-1)?.json;
    assert.deepEqual([sent?.options.num_predict, sent?.system], [50, 'Be brief.']);
  });

  it('for vectors go out in the newer form and come back in the caller’s', async () => {
    upstream.respond(json({ model: 'up-model', embeddings: [[1, 0.5]], prompt_eval_count: 2 }));
    const newer = await gateway.ask('/api/embed', { model: 'native/up-model', input: ['a'] });
    assert.deepEqual(newer.json.embeddings, [[1, 0.5]]);
    assert.deepEqual(upstream.calls.at(-1)?.json, { model: 'up-model', input: ['a'] });
    const older = await gateway.ask('/api/embeddings', { model: 'native/up-model', prompt: 'a' });
    assert.deepEqual(older.json, { embedding: [1, 0.5] });
    assert.equal(upstream.calls.at(-1)?.path, '/api/embed');
    assert.deepEqual(upstream.calls.at(-1)?.json, { model: 'up-model', input: ['a'] });
    const chat = await gateway.ask('/v1/embeddings', { model: 'native/up-model', input: 'a' });
    assert.deepEqual(chat.json.data[0].embedding, [1, 0.5]);
    assert.deepEqual(upstream.calls.at(-1)?.json, { model: 'up-model', input: ['a'], truncate: false });
    const none = await gateway.ask('/api/embed', { model: 'cloud', input: [] });
    assert.deepEqual(none.json, { embeddings: [] });
  });

  it('for a bare prompt stay bare between dialects, a prompt for the model’s template becomes a turn', async () => {
    const line = { model: 'up-model', created_at: 'x', response: 'Hi', done: true, done_reason: 'stop' };
    upstream.respond(json(line));
    const legacy = await gateway.ask('/v1/completions', { model: 'native/up-model', prompt: 'Once' });
    assert.equal(legacy.json.choices[0].text, 'Hi');
    assert.equal(upstream.calls.at(-1)?.path, '/api/generate');
    assert.deepEqual([upstream.calls.at(-1)?.json.raw, upstream.calls.at(-1)?.json.prompt], [true, 'Once']);
    upstream.respond(chatReply({ text: 'Hi' }));
    await gateway.ask('/api/generate', { model: 'cloud', prompt: 'Once' });
    assert.equal(upstream.calls.at(-1)?.path, '/v1/chat/completions');
    upstream.respond(
      json({
        id: 'x',
        object: 'text_completion',
        created: 1,
        model: 'm',
        choices: [{ index: 0, text: ' upon', finish_reason: 'stop', logprobs: null }],
      }),
    );
    const raw = await gateway.ask('/api/generate', {
      model: 'cloud',
      prompt: 'Once',
      raw: true,
      stream: false,
    });
    assert.equal(upstream.calls.at(-1)?.path, '/v1/completions');
    assert.equal(raw.json.response, ' upon');
  });

  it('that need what only an Ollama remembers are refused elsewhere, not bent', async () => {
    const reply = await gateway.ask('/api/generate', { model: 'cloud', prompt: 'Hi', context: [1] });
    assert.equal(reply.status, 400);
    assert.match(reply.json.error, /cannot follow `context`/);
  });
});
