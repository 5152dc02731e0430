// What a service adds to its dialect reaches callers who speak that dialect, and their own words reach the service.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { json, sse } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  gateway = await startGateway(`
upstreams:
  search: { provider: perplexity, url: ${upstream.url}, secret: sk-up }
  router: { provider: openrouter, url: ${upstream.url}/api/v1, secret: sk-up }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

const question = { messages: [{ role: 'user', content: 'Who won?' }] };
const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
const added = {
  citations: ['https://example.org/a'],
  search_results: [{ title: 'A', url: 'https://example.org/a', date: null }],
};

describe('a search service', () => {
  it('is asked with its own fields and answers with its sources', async () => {
    const choice = { index: 0, message: { role: 'assistant', content: 'A [1].' }, finish_reason: 'stop' };
    const body = {
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'sonar',
      choices: [choice],
      usage,
      ...added,
    };
    upstream.respond(json(body));
    const own = { search_domain_filter: ['example.org'], return_images: false };
    const reply = await gateway.ask('/v1/chat/completions', { model: 'search/sonar', ...question, ...own });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual((JSON.parse(reply.text) as JsonValue).citations, added.citations);
    assert.deepEqual((JSON.parse(reply.text) as JsonValue).search_results, added.search_results);
    const call = upstream.calls.at(-1);
    assert.equal(call?.path, '/chat/completions');
    assert.equal(call?.headers['authorization'], 'Bearer sk-up');
    assert.deepEqual(call?.json, { model: 'sonar', ...question, ...own });
  });

  it('streams its sources and counts, which come with every chunk', async () => {
    const chunk = (delta: JsonValue, end: string | null) =>
      `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'sonar', ...added, usage, choices: [{ index: 0, delta, finish_reason: end }] })}\n\n`;
    const stream = chunk({ role: 'assistant', content: 'A' }, null) + chunk({ content: ' [1].' }, 'stop');
    upstream.respond(sse(stream));
    const asked = { model: 'search/sonar', ...question, stream: true };
    const reply = await gateway.ask('/v1/chat/completions', asked);
    assert.equal(reply.text.split('"citations"').length, 3, reply.text);
    await gateway.quiet();
    const receipt = gateway.receipts().at(-1);
    assert.equal(receipt.tokens.output, 2);
    assert.equal(receipt.tokens.estimated, false);
  });
});

describe('a router of models', () => {
  it('is asked with its own fields and tells who answered, and for how much', async () => {
    const choice = { index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' };
    const body = {
      id: 'gen-1',
      provider: 'Somebody',
      object: 'chat.completion',
      created: 1,
      model: 'v/m',
      choices: [{ ...choice, native_finish_reason: 'end_turn' }],
      usage: { ...usage, cost: 0.0001 },
    };
    upstream.respond(json(body));
    const own = { models: ['v/m', 'w/n'], provider: { order: ['Somebody'] }, transforms: ['middle-out'] };
    const reply = await gateway.ask('/v1/chat/completions', { model: 'router/v/m', ...question, ...own });
    assert.equal(reply.status, 200, reply.text);
    const told = JSON.parse(reply.text) as JsonValue;
    assert.equal(told.provider, 'Somebody');
    assert.equal(told.choices[0].native_finish_reason, 'end_turn');
    assert.equal(told.usage.cost, 0.0001);
    assert.equal(upstream.calls.at(-1)?.path, '/api/v1/chat/completions');
    assert.deepEqual(upstream.calls.at(-1)?.json, { model: 'v/m', ...question, ...own });
  });
});
