import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, fakeRandom, fakeTimers } from '../../test/testkit/flow-doubles.ts';
import { CallWire } from '../canonical/call-wire.ts';
import { GatewayError } from '../canonical/errors.ts';
import { Secret } from '../canonical/ids.ts';
import type { JsonObject } from '../canonical/json.ts';
import type { Transport } from '../canonical/wire.ts';
import { Cancel } from '../lib/cancel.ts';
import { scanObject } from '../lib/json-scan.ts';
import { openaiChat } from '../protocols/openai-chat/index.ts';
import { protocols } from '../protocols/registry.ts';
import { providers } from '../providers/registry.ts';
import { createUpstream } from './upstreams.ts';

interface Asked {
  readonly path: string;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** An upstream of a real provider whose endpoints answer as the table says. */
function setting(provider: string, answers: Readonly<Record<string, JsonObject>>, send?: Transport['send']) {
  const asked: Asked[] = [];
  const transport: Transport = {
    send(call, to) {
      return send?.(call, to) ?? answered(call, to);
    },
    close: () => undefined,
  };
  const answered: Transport['send'] = ({ path, body, headers }, to) => {
    asked.push({
      path,
      body: JSON.parse(Buffer.concat(body as Buffer[]).toString()) as JsonObject,
      headers,
    });
    const answer = answers[path];
    to.head({ status: answer === undefined ? 404 : 200, headers: {} });
    to.data(Buffer.from(JSON.stringify(answer ?? {})), { pause: () => undefined, resume: () => undefined });
    return Promise.resolve({ ok: true });
  };
  const options = {
    name: 'up',
    provider,
    address: { origin: { tls: false, host: '127.0.0.1', port: 1 }, basePath: '' },
    secrets: [new Secret('s')],
    headers: {},
    zone: undefined,
    timers: {},
    health: undefined,
    models: [],
    protocols: undefined,
    options: {},
  };
  const byId = new Map(providers.map((one) => [one.id, one] as const));
  const parts = {
    providers: byId,
    protocols,
    transport,
    clock: new FakeClock(),
    random: fakeRandom(0),
    timers: fakeTimers,
  };
  return { upstream: createUpstream(options, parts), asked };
}

function chat(): CallWire {
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
  const bytes = Buffer.from(
    JSON.stringify({ model: 'virtual', messages: [{ role: 'user', content: 'Hi' }], tools }),
  );
  return new CallWire(openaiChat, 'chat', bytes, scanObject(bytes, 64));
}

test('vLLM is asked at /tokenize, by the name it has for the model', async () => {
  const { upstream, asked } = setting('vllm', { '/tokenize': { count: 41, max_model_len: 9 } });
  assert.equal(await upstream.count?.(chat(), 'qwen', new Cancel()), 41);
  assert.equal(asked[0]?.body['model'], 'qwen');
  assert.deepEqual(Object.keys(asked[0]?.body ?? {}).sort(), ['messages', 'model', 'tools']);
  assert.equal(asked[0]?.headers['authorization'], 'Bearer s');
});

test('llama-server makes a prompt of the chat first', async () => {
  const { upstream, asked } = setting('llamacpp', {
    '/apply-template': { prompt: '<user>Hi' },
    '/tokenize': { tokens: [1, 2, 3] },
  });
  assert.equal(await upstream.count?.(chat(), 'm', new Cancel()), 3);
  assert.deepEqual(
    asked.map((one) => one.path),
    ['/apply-template', '/tokenize'],
  );
  assert.equal(asked[1]?.body['content'], '<user>Hi');
});

test('TGI answers with the tokens themselves', async () => {
  const { upstream } = setting('tgi', { '/chat_tokenize': { tokenize_response: [{ id: 1 }, { id: 2 }] } });
  assert.equal(await upstream.count?.(chat(), 'm', new Cancel()), 2);
});

test("Anthropic's count call serves callers of other dialects", async () => {
  const { upstream, asked } = setting('anthropic', { '/v1/messages/count_tokens': { input_tokens: 12 } });
  assert.equal(await upstream.count?.(chat(), 'claude-haiku-4-5', new Cancel()), 12);
  const { body, headers } = asked[0]!;
  assert.equal(body['model'], 'claude-haiku-4-5');
  assert.equal(body['max_tokens'], undefined);
  assert.equal(headers['x-api-key'], 's');
  assert.ok(headers['anthropic-version'] !== undefined);
});

test("so do OpenAI's and Google's", async () => {
  const openai = setting('openai', { '/v1/responses/input_tokens': { object: 'x', input_tokens: 13 } });
  assert.equal(await openai.upstream.count?.(chat(), 'gpt-4o', new Cancel()), 13);
  assert.equal(openai.asked[0]?.body['model'], 'gpt-4o');
  const gemini = setting('gemini', { '/v1beta/models/gemini-3-pro:countTokens': { totalTokens: 14 } });
  assert.equal(await gemini.upstream.count?.(chat(), 'gemini-3-pro', new Cancel()), 14);
});

for (const provider of ['vllm', 'llamacpp', 'tgi', 'anthropic', 'openai', 'gemini']) {
  test(`${provider}: an answer without a count is none`, async () => {
    const paths = [
      '/tokenize',
      '/apply-template',
      '/chat_tokenize',
      '/v1/messages/count_tokens',
      '/v1/responses/input_tokens',
      '/v1beta/models/m:countTokens',
    ];
    const odd = Object.fromEntries(
      paths.map((path) => [path, { count: 'many', prompt: 4, tokens: [], input_tokens: -1 }]),
    );
    assert.equal(await setting(provider, odd).upstream.count?.(chat(), 'm', new Cancel()), undefined);
    assert.equal(await setting(provider, {}).upstream.count?.(chat(), 'm', new Cancel()), undefined);
  });
}

test('who has no count of its own is not asked', () => {
  for (const provider of ['ollama', 'sim', 'mistral']) {
    assert.equal(setting(provider, {}).upstream.count, undefined, provider);
  }
});

test('a caller who leaves takes his question along', async () => {
  const cancel = new Cancel();
  const { upstream } = setting('vllm', {}, ({ cancel: asked }) => {
    const error = new GatewayError('client_gone', 'cancelled');
    return new Promise((resolve) => asked.onRequest(() => resolve({ ok: false, error, sent: true })));
  });
  const counted = upstream.count?.(chat(), 'qwen', cancel);
  cancel.request('the caller left');
  assert.equal(await counted, undefined);
});

test('so many are counted at once and no more; others are not made to wait', async () => {
  const open: (() => void)[] = [];
  const { upstream } = setting(
    'vllm',
    {},
    () => new Promise((resolve) => open.push(() => resolve({ ok: true }))),
  );
  const counts = Array.from({ length: 5 }, () => upstream.count?.(chat(), 'qwen', new Cancel()));
  assert.equal(await counts[4], undefined);
  assert.equal(open.length, 4);
  for (const end of open) end();
  await Promise.allSettled(counts);
  void upstream.count?.(chat(), 'qwen', new Cancel());
  await new Promise(setImmediate);
  assert.equal(open.length, 5, 'there is room again');
});
