// Embeddings in Google's dialect over real sockets: as a face, as an upstream, and on Vertex AI.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import type { JsonValue } from '../testkit/json-value.ts';
import { json, type Script } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let gateway: Gateway;
let google: ScriptedUpstream;
let other: ScriptedUpstream;

before(async () => {
  [google, other] = await Promise.all([createScriptedUpstream(), createScriptedUpstream()]);
  gateway = await startGateway(`
upstreams:
  gemini: { provider: gemini, url: ${google.url}, secret: k, models: { gemini-embedding-001: { price: { input: 1, output: 0 } } } }
  vertex: { provider: vertex, url: ${google.url}, secret: k, options: { project: p, location: europe-west4 } }
  chat: { provider: openai-compatible, url: ${other.url} }
  ollama: { provider: ollama, url: ${other.url} }
  claude: { provider: anthropic, url: ${other.url}, secret: sk-x }
models:
  vectors: { targets: [gemini/gemini-embedding-001] }
  both: { targets: [gemini/gemini-embedding-001, chat/nomic] }
  vertex: { targets: [vertex/text-embedding-005] }
  chat: { targets: [chat/nomic] }
  ollama: { targets: [ollama/nomic] }
  strict: { targets: [chat/nomic], strict: true }
  claude: { targets: [claude/claude-opus-4-5] }
  kept: { targets: [gemini/gemini-embedding-001], cache: { ttl: 10m } }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await Promise.all([google, other].map((upstream) => upstream.close()));
});

/** Exact in 32 bits. */
const VECTORS = [
  [0.5, -0.25],
  [2, -8],
];
const batched = json({ embeddings: VECTORS.map((values) => ({ values })) });
const lists = (vectors = VECTORS): Script =>
  json({
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: 'nomic',
    usage: { prompt_tokens: 8, total_tokens: 8 },
  });
const content = (text: string) => ({ parts: [{ text }] });
const requests = (model: string) =>
  ['a', 'b'].map((text) => ({ model: `models/${model}`, content: content(text), outputDimensionality: 2 }));

async function receipt(): Promise<JsonValue> {
  await gateway.quiet();
  return gateway.receipts().at(-1);
}

describe("OpenAI's callers", () => {
  const client = () => new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

  for (const encoding_format of ['float', 'base64', undefined] as const) {
    it(`get ${encoding_format ?? 'what the client likes'} of a Gemini`, async () => {
      google.respond(batched);
      const reply = await client().embeddings.create({
        model: 'vectors',
        input: ['a', 'b'],
        dimensions: 2,
        ...(encoding_format === undefined ? {} : { encoding_format }),
      });
      const asked = google.calls.at(-1)!;
      assert.equal(asked.path, '/v1beta/models/gemini-embedding-001:batchEmbedContents');
      assert.equal(asked.headers['x-goog-api-key'], 'k');
      assert.deepEqual(asked.json, { requests: requests('gemini-embedding-001') });
      const got: unknown[] = reply.data.map(({ embedding }) => embedding);
      if (encoding_format === 'base64') {
        const first = Buffer.from(got[0] as string, 'base64');
        assert.deepEqual([first.readFloatLE(0), first.readFloatLE(4)], VECTORS[0]);
      } else assert.deepEqual(got, VECTORS);
      assert.equal(reply.model, 'gemini-embedding-001');
      assert.equal(reply.usage.prompt_tokens, 1, 'a guess: nobody said');
      const { op, tokens } = await receipt();
      assert.deepEqual([op, tokens.estimated, tokens.output], ['embed', true, 0]);
    });
  }

  it('are told the usage that newer models state', async () => {
    google.respond(json({ embeddings: [{ values: [1] }], usageMetadata: { promptTokenCount: 5 } }));
    const reply = await client().embeddings.create({ model: 'vectors', input: 'a' });
    assert.equal(reply.usage.prompt_tokens, 5);
    const { tokens, cost_nano } = await receipt();
    assert.deepEqual([tokens.fresh, tokens.estimated, cost_nano], [5, false, '5000']);
  });

  it('reach Vertex AI, which cuts nothing off in silence', async () => {
    google.respond(
      json({
        predictions: VECTORS.map((values) => ({
          embeddings: { values, statistics: { token_count: 3, truncated: false } },
        })),
      }),
    );
    const reply = await gateway.ask('/v1/embeddings', { model: 'vertex', input: ['a', 'b'], dimensions: 2 });
    const asked = google.calls.at(-1)!;
    assert.equal(
      asked.path,
      '/v1beta1/projects/p/locations/europe-west4/publishers/google/models/text-embedding-005:predict',
    );
    assert.deepEqual(asked.json, {
      instances: [{ content: 'a' }, { content: 'b' }],
      parameters: { outputDimensionality: 2, autoTruncate: false },
    });
    assert.deepEqual(
      reply.json.data.map((one: JsonValue) => one.embedding),
      VECTORS,
    );
    assert.equal((await receipt()).tokens.fresh, 6);
  });

  it('go to the next upstream when a Gemini fails, takes no tokens, or not so many', async () => {
    other.respond(lists());
    const busy = json({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Slow down.' } }, 429);
    for (const [input, answer] of [
      ['a', busy],
      ['a', json({ embeddings: 'none' }, 500)],
      ['a', json({ candidates: [] })],
      [[1, 2, 3], batched],
      [Array(101).fill('a'), batched],
    ] as const) {
      google.respond(answer);
      const reply = await gateway.ask('/v1/embeddings', { model: 'both', input });
      assert.equal(reply.headers['x-signalbox-upstream'], 'chat/nomic', reply.text);
    }
  });

  it('are told what is lost', async () => {
    google.respond(batched);
    const reply = await gateway.ask('/v1/embeddings', { model: 'vectors', input: 'a', user: 'ada' });
    assert.equal(reply.headers['x-signalbox-translation'], 'dropped=user');
  });

  it('are answered out of the cache', async () => {
    google.respond(batched);
    const body = { model: 'kept', input: ['a', 'b'] };
    const first = await gateway.ask('/v1/embeddings', body);
    const asked = google.calls.length;
    const second = await gateway.ask('/v1/embeddings', body);
    assert.equal(second.headers['x-signalbox-cache'], 'hit');
    assert.equal(second.text, first.text);
    assert.equal(google.calls.length, asked);
  });
});

describe("Google's callers", () => {
  for (const version of ['v1', 'v1beta']) {
    it(`get a Gemini's own bytes, for one text and for several (${version})`, async () => {
      for (const [method, body, answer] of [
        [
          'embedContent',
          '{ "content":{"parts":[{"text":"\\u00e9"}]} }',
          '{ "embedding" : {"values":[1e-7, 0.10]}, "odd":1.0}',
        ],
        [
          'batchEmbedContents',
          '{"requests":[ {"content":{"parts":[{"text":"a"}]}} ]}',
          '{"embeddings":[ {"values":[3]} ]}',
        ],
      ]) {
        google.respond(json(answer!));
        const reply = await gateway.ask(`/${version}/models/vectors:${method}`, body!);
        assert.equal(reply.text, answer);
        assert.equal(google.calls.at(-1)?.text, body);
        assert.equal(google.calls.at(-1)?.path, `/v1beta/models/gemini-embedding-001:${method}`);
      }
    });
  }

  it("have the model's own name put into each request", async () => {
    google.respond(batched);
    const reply = await gateway.ask('/v1beta/models/vectors:batchEmbedContents', {
      requests: requests('vectors'),
    });
    assert.equal(reply.status, 200);
    assert.deepEqual(google.calls.at(-1)?.json, { requests: requests('gemini-embedding-001') });
    assert.equal(reply.headers['x-signalbox-translation'], undefined);
  });

  it('reach an OpenAI, one text and several, and lose what a text is for', async () => {
    other.respond(lists());
    const several = [{ ...requests('chat')[0], taskType: 'CLUSTERING' }, requests('chat')[1]];
    const reply = await gateway.ask('/v1beta/models/chat:batchEmbedContents', { requests: several });
    assert.deepEqual(other.calls.at(-1)?.json, {
      model: 'nomic',
      input: ['a', 'b'],
      dimensions: 2,
      encoding_format: 'float',
    });
    assert.deepEqual(reply.json, {
      embeddings: VECTORS.map((values) => ({ values })),
      usageMetadata: { promptTokenCount: 8 },
    });
    assert.equal(reply.headers['x-signalbox-translation'], 'dropped=taskType');
    other.respond(lists([[1, 2]]));
    const single = await gateway.ask('/v1beta/models/chat:embedContent', { content: content('a') });
    assert.deepEqual(single.json.embedding, { values: [1, 2] });
    const body = { content: content('a'), title: 'T' };
    const refused = await gateway.ask('/v1beta/models/strict:embedContent', body);
    assert.equal(refused.status, 400);
    assert.match(refused.json.error.message, /title/);
  });

  it('reach an Ollama', async () => {
    other.respond(json({ model: 'nomic', embeddings: [[1, 2]], prompt_eval_count: 4 }));
    const reply = await gateway.ask('/v1beta/models/ollama:embedContent', { content: content('a') });
    assert.deepEqual(reply.json, { embedding: { values: [1, 2] }, usageMetadata: { promptTokenCount: 4 } });
  });

  it('reach Vertex AI with all they say', async () => {
    google.respond(json({ predictions: [{ embeddings: { values: [1], statistics: { token_count: 3 } } }] }));
    const body = { content: content('a'), taskType: 'RETRIEVAL_DOCUMENT', title: 'T' };
    const reply = await gateway.ask('/v1beta/models/vertex:embedContent', body);
    assert.deepEqual(google.calls.at(-1)?.json, {
      instances: [{ content: 'a', task_type: 'RETRIEVAL_DOCUMENT', title: 'T' }],
      parameters: {},
    });
    assert.deepEqual(reply.json, { embedding: { values: [1] }, usageMetadata: { promptTokenCount: 3 } });
    assert.equal(reply.headers['x-signalbox-translation'] ?? '', '');
  });

  it('are refused in their own words', async () => {
    const asked = other.calls.length;
    const picture = { content: { parts: [{ inlineData: { mimeType: 'image/png', data: 'aa' } }] } };
    for (const [model, body, status, words] of [
      ['chat', picture, 400, /embeds texts/],
      ['chat', {}, 400, /`requests` is missing/],
      ['claude', { content: content('a') }, 400, /does not take calls of this kind/],
      ['nowhere', { content: content('a') }, 404, /nowhere/],
    ] as const) {
      const reply = await gateway.ask(`/v1beta/models/${model}:embedContent`, body);
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.json.error.message, words);
      assert.equal(reply.json.error.code, status);
    }
    assert.equal(other.calls.length, asked);
  });

  it('cannot name files that lie in an account they all share', async () => {
    const asked = google.calls.length;
    const file = { content: { parts: [{ fileData: { fileUri: 'files/abc', mimeType: 'image/png' } }] } };
    const reply = await gateway.ask('/v1beta/models/vectors:embedContent', file);
    assert.equal(reply.status, 400);
    assert.equal(google.calls.length, asked);
  });
});
