// What the simulator does beside talking: completions, vectors, rankings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import { base64ToFloats } from '../../lib/float32.ts';
import { Rehearsal } from './rehearsal.ts';

async function answered(path: string, body: JsonObject) {
  const rehearsal = new Rehearsal();
  const heard = rehearsal.call(path, { model: 'fast', ...body });
  await rehearsal.clock.pass(10_000);
  return { status: heard.answer?.status, text: heard.text };
}

test('a vector for each input, of the length asked for, the same in both forms', async () => {
  const plain = JSON.parse(
    (await answered('/v1/embeddings', { input: ['a b', [1, 2]], dimensions: 8 })).text,
  );
  const compact = JSON.parse(
    (await answered('/v1/embeddings', { input: ['a b', [1, 2]], dimensions: 8, encoding_format: 'base64' }))
      .text,
  );
  assert.equal(plain.simulated, true);
  assert.equal(plain.data.length, 2);
  for (const [at, { embedding, index }] of plain.data.entries()) {
    assert.equal(index, at);
    assert.equal(embedding.length, 8);
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-6);
    assert.deepEqual(base64ToFloats(compact.data[at].embedding), embedding);
  }
  assert.deepEqual(plain.usage, { prompt_tokens: 4, total_tokens: 4 });
});

test('a text without words has a vector, too', async () => {
  const { data } = JSON.parse((await answered('/v1/embeddings', { input: '' })).text);
  assert.deepEqual(new Set(data[0].embedding), new Set([0]));
});

test('a ranking, best first, with the documents if they are wanted', async () => {
  const documents = ['green trains', { text: 'red trains' }, 'the sea'];
  const { text } = await answered('/v1/rerank', { query: 'red trains', documents, return_documents: true });
  const { results } = JSON.parse(text);
  assert.deepEqual(
    results.map((one: { index: number }) => one.index),
    [1, 0, 2],
  );
  assert.deepEqual(results[0].document, { text: 'red trains' });
  assert.equal(results[0].relevance_score, 1);
});

const wrongs: readonly (readonly [path: string, body: JsonObject, param: string])[] = [
  ['/v1/embeddings', {}, 'input'],
  ['/v1/embeddings', { input: [] }, 'input'],
  ['/v1/embeddings', { input: [{}] }, 'input[0]'],
  ['/v1/rerank', { documents: ['x'] }, 'query'],
  ['/v1/rerank', { query: 'x' }, 'documents'],
  ['/v1/completions', {}, 'prompt'],
];

for (const [path, body, param] of wrongs) {
  test(`${path} without a proper ${param} is refused`, async () => {
    const { status, text } = await answered(path, body);
    assert.equal(status, 400);
    assert.equal(JSON.parse(text).error.param, param);
  });
}

test('failures can be ordered here, too', async () => {
  assert.equal((await answered('/v1/embeddings', { input: '[[fail:429]]' })).status, 429);
  assert.equal((await answered('/v1/completions', { prompt: '[[fail:500]]' })).status, 500);
});

test('a completion says the same streamed and whole, sixteen tokens unless told otherwise', async () => {
  const whole = JSON.parse((await answered('/v1/completions', { prompt: 'Once' })).text);
  assert.equal(whole.usage.completion_tokens, 16);
  const { text } = await answered('/v1/completions', {
    prompt: 'Once',
    stream: true,
    stream_options: { include_usage: true },
  });
  const events = text.trim().split('\n\n');
  assert.equal(events.pop(), 'data: [DONE]');
  const chunks = events.map((event) => JSON.parse(event.slice(6)));
  assert.equal(chunks.map((one) => one.choices[0]?.text ?? '').join(''), whole.choices[0].text);
  assert.deepEqual(chunks.at(-1).usage, whole.usage);
});
