// Operations that are no conversation, through OpenAI's own client and over raw sockets: what goes up, what comes
// back, and what the receipt says of it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI, { toFile } from 'openai';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, requestBytes, send } from '../testkit/raw-client.ts';
import {
  bytes,
  createGate,
  end,
  head,
  json,
  reset,
  type Script,
  type Step,
  sse,
  sseHead,
  wait,
} from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let gateway: Gateway;
let one: ScriptedUpstream;
let two: ScriptedUpstream;
let tei: ScriptedUpstream;
let claude: ScriptedUpstream;

before(async () => {
  [one, two, tei, claude] = await Promise.all([
    createScriptedUpstream(),
    createScriptedUpstream(),
    createScriptedUpstream(),
    createScriptedUpstream(),
  ]);
  gateway = await startGateway(`
upstreams:
  one:
    health: off
    provider: openai-compatible
    url: ${one.url}
    models:
      vectors: { price: { input: 1, output: 0 } }
      voice: { price: { input: 0, output: 0, million_characters: 15 } }
      ears: { price: { input: 0, output: 0, minute: 0.006 } }
      tokens-only: { price: { input: 1, output: 1 } }
      brush: { price: { input: 5, output: 40, image: 0.04 } }
  two: { health: off, provider: openai-compatible, url: ${two.url} }
  tei: { health: off, provider: tei, url: ${tei.url} }
  claude: { health: off, provider: anthropic, url: ${claude.url}, secret: sk-ant-upstream }
  sim: { provider: sim, options: { models: { instant: { ttft_ms: 0, tokens_per_second: instant } } } }
models:
  vectors: { targets: [one/vectors, two/vectors] }
  kept: { targets: [one/vectors], cache: { ttl: 10m } }
  limited: { targets: [sim/instant], limits: [2 requests/min] }
  omni-moderation-latest: { targets: [one/omni] }
  voice: { targets: [one/voice] }
  spoken: { targets: [one/tokens-only] }
  ears: { targets: [one/ears, two/ears] }
  brush: { targets: [one/brush] }
  ranks: { targets: [one/ranks] }
  tei: { targets: [tei/ranks] }
  claude: { targets: [claude/claude-opus-4-5] }
  old: { targets: [one/davinci] }
  split: { targets: [claude/claude-opus-4-5, one/davinci] }
  messages-only: { targets: [claude/claude-opus-4-5] }
  spoken-to: { targets: [one/davinci], system_prompt: Be brief., parameters: { max_tokens: { clamp: { max: 50 } } } }
  sim: { targets: [sim/instant] }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await Promise.all([one, two, tei, claude].map((upstream) => upstream.close()));
});

function client(maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries });
}

async function receipt(): Promise<JsonValue> {
  await gateway.quiet();
  return gateway.receipts().at(-1);
}

const authorized = (): Record<string, string> => ({ authorization: `Bearer ${gateway.key}` });
const busy = json({ error: { message: 'busy' } }, 503);

/** Exact in 32 bits. */
const VECTORS = [
  [0.5, -0.25, 1],
  [0, 2, -8],
];

function base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * 4);
  return bytes.toString('base64');
}

function vectors(write: (vector: readonly number[]) => JsonValue): Script {
  const data = VECTORS.map((vector, index) => ({ object: 'embedding', embedding: write(vector), index }));
  return json({ object: 'list', data, model: 'up', usage: { prompt_tokens: 8, total_tokens: 8 }, extra: 1 });
}

const asFloats = vectors((vector) => vector);
const asBase64 = vectors(base64);

describe('embeddings', () => {
  for (const [says, answer] of [
    ['floats', asFloats],
    ['base64', asBase64],
  ] as const) {
    for (const encoding_format of ['float', 'base64', undefined] as const) {
      it(`an upstream that answers in ${says} suits a caller who asks for ${encoding_format ?? 'what the client likes'}`, async () => {
        one.respond(answer);
        const reply = await client().embeddings.create({
          model: 'vectors',
          input: ['a', 'b'],
          dimensions: 3,
          user: 'ada',
          ...(encoding_format === undefined ? {} : { encoding_format }),
        });
        const got: unknown[] = reply.data.map(({ embedding }) => embedding);
        assert.deepEqual(got, encoding_format === 'base64' ? VECTORS.map(base64) : VECTORS);
        assert.deepEqual(reply.usage, { prompt_tokens: 8, total_tokens: 8 });
        const sent = one.calls.at(-1)!;
        assert.equal(sent.path, '/v1/embeddings');
        assert.deepEqual(sent.json, {
          model: 'vectors',
          input: ['a', 'b'],
          dimensions: 3,
          user: 'ada',
          encoding_format: encoding_format ?? 'base64',
        });
      });
    }
  }

  it('leaves an answer alone that is as it was asked for, byte for byte', async () => {
    const text = '{ "data" : [ {"object": "embedding", "embedding" : [1e-7, 0.10, 3] } ] , "odd": 1.0 }';
    one.respond(json(text));
    const reply = await gateway.ask('/v1/embeddings', { model: 'vectors', input: 'x' });
    assert.equal(reply.text, text);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.equal(reply.headers['content-length'], String(text.length));
  });

  it('takes tokens and lists of them as they are', async () => {
    one.respond(asFloats);
    for (const input of [[1, 2, 3], [[1, 2], [3]], 'text']) {
      await gateway.ask('/v1/embeddings', { model: 'vectors', input });
      assert.deepEqual(one.calls.at(-1)?.json.input, input);
    }
  });

  it('goes to the next upstream when the first is busy, has no such path, or answers with something else', async () => {
    for (const [fails, outcome] of [
      [busy, 'upstream_overloaded'],
      [json({ detail: 'Not Found' }, 404), 'upstream_fault'],
      [json({ object: 'list' }), 'upstream_garbled'],
      [json('[1,2]'), 'upstream_garbled'],
      [json({ error: { message: 'out of memory' } }), 'upstream_fault'],
      [json('<html>', 200, { 'content-type': 'text/html' }), 'upstream_garbled'],
    ] as const) {
      one.respond(fails);
      two.respond(asFloats);
      const reply = await gateway.ask('/v1/embeddings', { model: 'vectors', input: 'x' });
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual(reply.json.data[0].embedding, VECTORS[0]);
      assert.equal(reply.headers['x-signalbox-upstream'], 'two/vectors');
      assert.equal(reply.headers['x-signalbox-attempts'], '2');
      assert.deepEqual(
        (await receipt()).attempts.map((attempt: JsonValue) => attempt.outcome),
        [outcome, 'ok'],
      );
    }
  });

  it('is on record with its tokens and its cost, a guess being called one', async () => {
    one.respond(asFloats);
    await gateway.ask('/v1/embeddings', { model: 'vectors', input: 'x' });
    const stated = await receipt();
    assert.equal(stated.op, 'embed');
    assert.deepEqual([stated.tokens.fresh, stated.tokens.output, stated.tokens.estimated], [8, 0, false]);
    assert.deepEqual([stated.cost_state, stated.cost_nano], ['priced', '8000']);
    one.respond(json({ data: [{ embedding: Array.from({ length: 2000 }, () => 0.5) }] }));
    await gateway.ask('/v1/embeddings', { model: 'vectors', input: 'x'.repeat(400) });
    const guessed = await receipt();
    assert.equal(guessed.tokens.estimated, true);
    assert.equal(guessed.tokens.output, 0, 'numbers are no tokens');
    assert.ok(guessed.tokens.fresh > 90 && guessed.tokens.fresh < 120, String(guessed.tokens.fresh));
  });

  it('is cached under its own operation, and a kept answer suits the next caller, too', async () => {
    one.respond(asFloats);
    const body = { model: 'kept', input: 'twice', encoding_format: 'base64' };
    const first = await gateway.ask('/v1/embeddings', body);
    const asked = one.calls.length;
    const second = await gateway.ask('/v1/embeddings', body);
    assert.equal(second.headers['x-signalbox-cache'], 'hit');
    assert.equal(one.calls.length, asked);
    assert.equal(second.text, first.text);
    assert.equal(first.json.data[0].embedding, base64(VECTORS[0]!));
    assert.equal((await receipt()).cost_nano, '0');
  });

  it('tries them out on the simulator: the same text lies in the same place, a like one nearby', async () => {
    const { data } = await client().embeddings.create({
      model: 'sim',
      input: ['a red apple', 'a red apple', 'a red pear', 'seven engines'],
      dimensions: 200,
    });
    const [apple, again, pear, engines] = data.map(({ embedding }) => embedding);
    const near = (a: number[], b: number[]): number => a.reduce((sum, x, at) => sum + x * b[at]!, 0);
    assert.deepEqual(apple, again);
    assert.ok(Math.abs(near(apple!, apple!) - 1) < 1e-6);
    assert.ok(near(apple!, pear!) > near(apple!, engines!) + 0.3);
    const raw = await gateway.ask('/v1/embeddings', { model: 'sim', input: 'x' });
    assert.equal(raw.json.simulated, true);
  });

  it('obeys limits, rights and rules as a chat does', async () => {
    for (let call = 0; call < 2; call += 1) {
      assert.equal((await gateway.ask('/v1/embeddings', { model: 'limited', input: 'x' })).status, 200);
    }
    const third = await gateway.ask('/v1/embeddings', { model: 'limited', input: 'x' });
    assert.equal(third.status, 429);
    assert.equal(third.json.error.code, 'rate_limit_exceeded');
    const stranger = await gateway.ask(
      '/v1/embeddings',
      { model: 'vectors', input: 'x' },
      { authorization: 'no' },
    );
    assert.equal(stranger.status, 401);
    const unknown = await gateway.ask('/v1/embeddings', { model: 'nowhere', input: 'x' });
    assert.equal(unknown.json.error.code, 'model_not_found');
  });

  it('is an ability that the list of models states', async () => {
    const { json: list } = await send(gateway.url, '/v1/models', { method: 'GET', headers: authorized() });
    const sim = list.data.find((entry: JsonValue) => entry.id === 'sim');
    assert.ok(sim.abilities.includes('embeddings'));
  });

  it('says that an upstream has no such path', async () => {
    one.respond(json({ detail: 'Not Found' }, 404));
    const reply = await gateway.ask('/v1/rerank', { model: 'ranks', query: 'q', documents: ['x'] });
    assert.equal(reply.status, 502);
    assert.match(
      reply.json.error.message,
      /one\/ranks: The upstream has nothing that answers calls of this kind, "rerank"/,
    );
  });

  it('says so when the upstream has no such thing', async () => {
    const reply = await gateway.ask('/v1/embeddings', { model: 'messages-only', input: 'x' });
    assert.equal(reply.status, 400);
    assert.match(reply.json.error.message, /does not take calls of this kind/);
    assert.equal(reply.json.error.param, 'model');
  });

  it('lets go of the upstream when the caller leaves', async () => {
    const asked = one.calls.length;
    one.respond([head(200, { 'content-type': 'application/json' }), wait(createGate().opened)]);
    const caller = await createRawClient(gateway.url);
    await caller.write(
      requestBytes('/v1/embeddings', { headers: authorized(), body: { model: 'vectors', input: 'x' } }),
    );
    const call = await one.call(asked);
    caller.abort();
    await call.aborted;
    assert.equal((await receipt()).outcome, 'client_gone');
  });
});

describe('rerank', () => {
  const documents = ['Bern', 'Paris', { text: 'Rome' }];
  const results = [
    { index: 1, relevance_score: 0.9 },
    { index: 0, relevance_score: 0.4 },
    { index: 2, relevance_score: 0.1 },
  ];

  it('passes on at all three paths its clients know', async () => {
    const answer = { id: 'r', results, usage: { total_tokens: 12 } };
    one.respond(json(answer));
    for (const path of ['/v1/rerank', '/v2/rerank', '/rerank']) {
      const reply = await gateway.ask(path, { model: 'ranks', query: 'q', documents, top_n: 2, odd: true });
      assert.deepEqual(reply.json, answer);
      assert.equal(one.calls.at(-1)?.path, '/v1/rerank');
      assert.deepEqual(one.calls.at(-1)?.json, {
        model: 'ranks',
        query: 'q',
        documents,
        top_n: 2,
        odd: true,
      });
      assert.equal((await receipt()).tokens.fresh, 12);
    }
  });

  it('says what was billed when it was searches: no tokens, and unpriced without a price for them', async () => {
    one.respond(json({ id: 'r', results, meta: { billed_units: { search_units: 1 } } }));
    await gateway.ask('/v2/rerank', { model: 'ranks', query: 'q', documents });
    const { units, tokens, cost_state: state } = await receipt();
    assert.deepEqual([units, tokens.fresh, state], [{ searches: 1 }, 0, 'unpriced']);
  });

  it('asks TEI in its own shape, and cuts and fills in what TEI does not', async () => {
    tei.respond(json(results.map(({ index, relevance_score: score }) => ({ index, score }))));
    const body = { model: 'tei', query: 'q', documents, top_n: 2, return_documents: true };
    const reply = await gateway.ask('/v1/rerank', body);
    assert.equal(tei.calls.at(-1)?.path, '/rerank');
    assert.deepEqual(tei.calls.at(-1)?.json, {
      query: 'q',
      texts: ['Bern', 'Paris', 'Rome'],
      return_text: true,
    });
    assert.deepEqual(reply.json.results, [
      { index: 1, relevance_score: 0.9, document: { text: 'Paris' } },
      { index: 0, relevance_score: 0.4, document: { text: 'Bern' } },
    ]);
  });

  it("takes TEI's shape for any upstream, and passes it on to TEI", async () => {
    const texts = ['Bern', 'Paris', 'Rome'];
    one.respond(json({ results }));
    const other = await gateway.ask('/rerank', { model: 'ranks', query: 'q', texts, return_text: true });
    assert.deepEqual(one.calls.at(-1)?.json, {
      model: 'ranks',
      query: 'q',
      documents: texts,
      return_documents: true,
    });
    assert.deepEqual(other.json[0], { index: 1, score: 0.9, text: 'Paris' });
    tei.respond(json('[ {"index":0,"score":0.5} ]'));
    const same = await gateway.ask('/rerank', { model: 'tei', query: 'q', texts, raw_scores: true });
    assert.equal(same.text, '[ {"index":0,"score":0.5} ]');
    assert.equal(tei.calls.at(-1)?.json.raw_scores, true);
  });

  it('names what is wrong with a call that must be translated', async () => {
    for (const [body, param] of [
      [{ query: 'q' }, 'documents'],
      [{ query: 'q', documents: [] }, 'documents'],
      [{ query: 'q', documents: ['a', 7] }, 'documents[1]'],
      [{ documents }, 'query'],
      [{ query: 'q', documents, top_n: 0 }, 'top_n'],
    ] as const) {
      const reply = await gateway.ask('/v1/rerank', { model: 'tei', ...body });
      assert.equal(reply.status, 400);
      assert.equal(reply.json.error.param, param);
    }
  });

  it('is simulated: who shares words with the query comes first', async () => {
    const body = { model: 'sim', query: 'red apples', documents: ['engines', 'apples are red'], top_n: 1 };
    const reply = await gateway.ask('/v1/rerank', body);
    assert.equal(reply.json.results.length, 1);
    assert.equal(reply.json.results[0].index, 1);
  });
});

describe('moderations', () => {
  it('has a usual model when the caller names none', async () => {
    one.respond(json({ id: 'modr-1', model: 'omni', results: [{ flagged: false, categories: {} }] }));
    const reply = await client().moderations.create({ input: 'hello' });
    assert.equal(reply.results[0]?.flagged, false);
    assert.deepEqual(one.calls.at(-1)?.json, { input: 'hello', model: 'omni' });
    assert.equal(one.calls.at(-1)?.path, '/v1/moderations');
    const { op, model, cost_state: state } = await receipt();
    assert.deepEqual([op, model, state], ['moderate', 'omni-moderation-latest', 'unpriced']);
  });

  it('does not fall back to a model for chats', async () => {
    const other = await startGateway(`
upstreams: { sim: { provider: sim } }
models: { chat: { targets: [sim/fast] } }
default_model: chat
`);
    const reply = await other.ask('/v1/moderations', { input: 'hello' });
    await other.stop();
    assert.equal(reply.status, 400);
    assert.match(
      reply.json.error.message,
      /"model" is missing, and there is no "omni-moderation-latest" here/,
    );
  });
});

const MP3 = Buffer.from(Array.from({ length: 300 }, (_, at) => at % 256));

describe('speech', () => {
  it('comes as the bytes it is, billed by the character', async () => {
    one.respond([
      head(200, { 'content-type': 'audio/mpeg' }),
      bytes(MP3.subarray(0, 7)),
      bytes(MP3.subarray(7)),
      end,
    ]);
    const reply = await client().audio.speech.create({ model: 'voice', voice: 'alloy', input: 'Grüße 👋' });
    assert.equal(reply.headers.get('content-type'), 'audio/mpeg');
    assert.equal(reply.headers.get('x-signalbox-upstream'), 'one/voice');
    assert.deepEqual(Buffer.from(await reply.arrayBuffer()), MP3);
    assert.deepEqual(one.calls.at(-1)?.json, { input: 'Grüße 👋', model: 'voice', voice: 'alloy' });
    const { op, units, cost_state: state, cost_nano: cost, bytes: sizes } = await receipt();
    assert.deepEqual([op, units, state], ['speak', { characters: 7 }, 'priced']);
    assert.equal(cost, '105000');
    assert.equal(sizes.out, MP3.length);
  });

  it('is unpriced where only tokens have a price and none were stated', async () => {
    one.respond([head(200, { 'content-type': 'audio/wav' }), bytes(MP3), end]);
    await gateway.ask('/v1/audio/speech', { model: 'spoken', voice: 'a', input: 'five!' });
    const { cost_state: state, cost_nano: cost, units } = await receipt();
    assert.deepEqual([state, cost, units], ['unpriced', undefined, { characters: 5 }]);
  });

  it('streams events when asked to, whose last one states the tokens', async () => {
    const events = [
      'data: {"type":"speech.audio.delta","audio":"AAA="}\n\n',
      'data: {"type":"speech.audio.done","usage":{"input_tokens":4,"output_tokens":90,"total_tokens":94}}\n\n',
    ];
    one.respond([sseHead(), ...events.map(bytes), end]);
    const reply = await gateway.ask('/v1/audio/speech', {
      model: 'spoken',
      voice: 'a',
      input: 'x',
      stream_format: 'sse',
    });
    assert.equal(reply.text, events.join(''));
    assert.match(reply.headers['content-type'] ?? '', /^text\/event-stream/);
    const { tokens, units, cost_nano: cost } = await receipt();
    assert.deepEqual([tokens.fresh, tokens.output, units, cost], [4, 90, undefined, '94000']);
  });

  it('ends events that fail as a chat ends: with an error, in words of ours', async () => {
    const asked = one.calls.length;
    const gate = createGate();
    one.respond([
      sseHead(),
      bytes('data: {"type":"speech.audio.delta","audio":"AAA="}\n\n'),
      wait(gate.opened),
      bytes('data: {"type":"error","error":{"message":"secret words","code":"overloaded"}}\n\n'),
      end,
    ]);
    const caller = await createRawClient(gateway.url);
    const body = { model: 'spoken', voice: 'a', input: 'x', stream_format: 'sse' };
    await caller.write(requestBytes('/v1/audio/speech', { headers: authorized(), body }));
    await caller.until('AAA=');
    gate.open();
    const reply = await caller.reply();
    caller.abort();
    assert.equal(one.calls.length, asked + 1);
    const last = reply.text.trim().split('\n\n').at(-1) ?? '';
    assert.match(last, /^data: \{"error":/);
    assert.doesNotMatch(reply.text, /secret words/);
    assert.equal((await receipt()).outcome, 'upstream_overloaded');
  });

  it('is cut, not ended, when the upstream dies in the middle of the sound', async () => {
    const gate = createGate();
    one.respond([head(200, { 'content-type': 'audio/mpeg' }), bytes(MP3), wait(gate.opened), reset]);
    const caller = await createRawClient(gateway.url);
    const body = { model: 'voice', voice: 'a', input: 'x' };
    await caller.write(requestBytes('/v1/audio/speech', { headers: authorized(), body }));
    await caller.until('audio/mpeg');
    gate.open();
    await caller.closed;
    const text = caller.received.toString('latin1');
    assert.ok(!text.endsWith('0\r\n\r\n'), 'a clean end');
    assert.ok(!text.includes('"error"'), 'words in the middle of a sound');
    const { outcome, started } = await receipt();
    assert.deepEqual([outcome, started], ['upstream_reset', true]);
    await assert.rejects(async () => {
      one.respond([head(200, { 'content-type': 'audio/mpeg' }), bytes(MP3), reset]);
      const reply = await client().audio.speech.create({ model: 'voice', voice: 'alloy', input: 'x' });
      await reply.arrayBuffer();
    });
  });

  it('waits for a slow reader: 40 MB do not pile up in the house', async () => {
    const piece = Buffer.alloc(256 * 1024, 7);
    const all = 160;
    const asked = one.calls.length;
    one.respond([head(200, { 'content-type': 'audio/mpeg' }), ...Array<Step>(all).fill(bytes(piece)), end]);
    const caller = await createRawClient(gateway.url);
    caller.pause();
    const body = { model: 'voice', voice: 'a', input: 'x' };
    await caller.write(requestBytes('/v1/audio/speech', { headers: authorized(), body }));
    const call = await one.call(asked);
    // Until the upstream has got rid of nothing for a while: then somebody on the way has stopped reading.
    for (let looks = 0, before = -1; looks < 50; looks += 1) {
      await gateway.metrics();
      if (call.written !== before) looks = 0;
      before = call.written;
    }
    const held = call.written;
    caller.resume();
    const reply = await caller.reply();
    assert.equal(reply.body.length, piece.length * all);
    assert.ok(reply.whole);
    assert.ok(held < piece.length * all, `all ${held} bytes were taken in`);
    caller.abort();
  });
});

describe('transcription', () => {
  const file = () => toFile(Buffer.from('RIFF....WAVE'), 'a.wav', { type: 'audio/wav' });

  it('sends the file on untouched, with the model put in place', async () => {
    one.respond(json({ text: 'Hello.', usage: { type: 'duration', seconds: 30 } }));
    const reply = await client().audio.transcriptions.create({
      model: 'ears',
      file: await file(),
      language: 'de',
    });
    assert.equal(reply.text, 'Hello.');
    const sent = one.calls.at(-1)!;
    assert.equal(sent.path, '/v1/audio/transcriptions');
    assert.match(sent.headers['content-type'] ?? '', /^multipart\/form-data; boundary=/);
    assert.match(
      sent.text,
      /name="file"; filename="a\.wav"\r\nContent-Type: audio\/wav\r\n\r\nRIFF\.\.\.\.WAVE\r\n/i,
    );
    assert.match(sent.text, /name="model"\r\n\r\nears\r\n/);
    assert.match(sent.text, /name="language"\r\n\r\nde\r\n/);
    const { op, units, cost_nano: cost } = await receipt();
    assert.deepEqual([op, units, cost], ['transcribe', { seconds: 30 }, '3000000']);
  });

  it('goes to the next upstream with the very same form, the model named as there', async () => {
    one.respond(busy);
    two.respond(json({ text: 'Saved.', usage: { type: 'tokens', input_tokens: 14, output_tokens: 3 } }));
    const reply = await client().audio.transcriptions.create({ model: 'ears', file: await file() });
    assert.equal(reply.text, 'Saved.');
    assert.equal(two.calls.at(-1)?.text.length, one.calls.at(-1)?.text.length);
    const { tokens, units, cost_state: state } = await receipt();
    assert.deepEqual([tokens.fresh, tokens.output, units, state], [14, 3, undefined, 'unpriced']);
  });

  it('streams its words', async () => {
    one.respond(
      sse(
        'data: {"type":"transcript.text.delta","delta":"Hel"}\n\ndata: {"type":"transcript.text.delta","delta":"lo"}\n\ndata: {"type":"transcript.text.done","text":"Hello","usage":{"type":"tokens","input_tokens":5,"output_tokens":2}}\n\n',
      ),
    );
    const stream = await client().audio.transcriptions.create({
      model: 'ears',
      file: await file(),
      stream: true,
    });
    let said = '';
    for await (const event of stream) if (event.type === 'transcript.text.delta') said += event.delta;
    assert.equal(said, 'Hello');
    assert.equal((await receipt()).tokens.fresh, 5);
  });

  it('has answers that are plain text, of which nobody knows the length', async () => {
    one.respond([head(200, { 'content-type': 'text/plain' }), bytes('1\n00:00 --> 00:01\nHi\n'), end]);
    const form = formOf({ model: 'ears', response_format: 'srt' });
    const reply = await gateway.ask('/v1/audio/translations', form.body, { 'content-type': form.type });
    assert.equal(reply.text, '1\n00:00 --> 00:01\nHi\n');
    assert.equal(one.calls.at(-1)?.path, '/v1/audio/translations');
    const { units, cost_state: state } = await receipt();
    assert.deepEqual([units, state], [{}, 'unpriced']);
  });

  it("reads the length out of Whisper's verbose answers", async () => {
    one.respond(json({ task: 'transcribe', duration: '8.47', text: 'Hi', segments: [] }));
    const form = formOf({ model: 'ears' });
    await gateway.ask('/v1/audio/transcriptions', form.body, { 'content-type': form.type });
    const { units, cost_nano: cost } = await receipt();
    assert.deepEqual([units, cost], [{ seconds: 8.47 }, '847000']);
  });

  it('refuses what it cannot read, and says what to send', async () => {
    const form = formOf({ model: 'ears' });
    const other = formOf({});
    const twice = Buffer.concat([
      form.body.subarray(0, form.body.lastIndexOf('--B--')),
      formOf({ model: 'x' }).body,
    ]);
    const rows: readonly (readonly [
      why: string,
      path: string,
      body: JsonValue,
      type: string,
      says: RegExp,
    ])[] = [
      ['JSON', '/v1/audio/transcriptions', { model: 'ears' }, 'application/json', /takes a form with a file/],
      ['a form', '/v1/embeddings', form.body, form.type, /takes JSON/],
      ['no boundary', '/v1/audio/transcriptions', form.body, 'multipart/form-data', /takes a form/],
      ['no model', '/v1/audio/transcriptions', other.body, other.type, /"model" is missing/],
      ['two models', '/v1/audio/transcriptions', twice, form.type, /more than one part "model"/],
      ['a cut form', '/v1/audio/transcriptions', form.body.subarray(0, -9), form.type, /cannot be read/],
      [
        'another boundary',
        '/v1/audio/transcriptions',
        form.body,
        'multipart/form-data; boundary=C',
        /cannot be read/,
      ],
    ];
    const asked = one.calls.length;
    for (const [why, path, body, type, says] of rows) {
      const reply = await gateway.ask(path, body, { 'content-type': type });
      assert.equal(reply.status, 400, why);
      assert.match(reply.json.error.message, says, why);
    }
    assert.equal(one.calls.length, asked);
  });

  it('has the same bound as any body', async () => {
    const form = formOf({ model: 'ears', file: 'x'.repeat(21 * 2 ** 20) });
    const reply = await gateway.ask('/v1/audio/transcriptions', form.body, { 'content-type': form.type });
    assert.equal(reply.status, 413);
  });
});

function formOf(fields: Record<string, string>): { readonly body: Buffer; readonly type: string } {
  const parts = Object.entries({ file: 'RIFF', ...fields }).map(
    ([name, value]) =>
      `--B\r\nContent-Disposition: form-data; name="${name}"${name === 'file' ? '; filename="a"' : ''}\r\n\r\n${value}\r\n`,
  );
  return { body: Buffer.from(`${parts.join('')}--B--\r\n`), type: 'multipart/form-data; boundary=B' };
}

describe('images', () => {
  const picture = { b64_json: 'iVBORw0KGgo=' };
  const usage = {
    input_tokens: 10,
    output_tokens: 100,
    total_tokens: 110,
    input_tokens_details: { text_tokens: 10 },
  };

  it('are drawn, billed by tokens or by the piece as the upstream has it', async () => {
    one.respond(json({ created: 1, data: [picture], usage }));
    const drawn = await client().images.generate({ model: 'brush', prompt: 'A signal box.' });
    assert.equal(drawn.data?.[0]?.b64_json, picture.b64_json);
    assert.equal(one.calls.at(-1)?.path, '/v1/images/generations');
    const byTokens = await receipt();
    assert.deepEqual([byTokens.op, byTokens.tokens.output, byTokens.cost_nano], ['draw', 100, '4050000']);
    one.respond(json({ created: 1, data: [picture, picture] }));
    await client().images.generate({ model: 'brush', prompt: 'Two.', n: 2 });
    const byPiece = await receipt();
    assert.deepEqual([byPiece.units, byPiece.cost_nano], [{ images: 2 }, '80000000']);
  });

  it('are edited and varied, each at its path, from a form or, edits, from JSON', async () => {
    one.respond(json({ created: 1, data: [picture], usage }));
    const image = await toFile(Buffer.from('PNG'), 'a.png', { type: 'image/png' });
    await client().images.edit({ model: 'brush', prompt: 'Bluer.', image: [image, image] });
    assert.equal(one.calls.at(-1)?.path, '/v1/images/edits');
    assert.equal(one.calls.at(-1)?.text.match(/name="image\[\]"/g)?.length, 2);
    assert.equal((await receipt()).op, 'redraw');
    await client().images.createVariation({ model: 'brush', image });
    assert.equal(one.calls.at(-1)?.path, '/v1/images/variations');
    assert.equal((await receipt()).op, 'vary');
    const body = { model: 'brush', prompt: 'x', images: [{ image_url: 'data:image/png;base64,AAAA' }] };
    assert.equal((await gateway.ask('/v1/images/edits', body)).status, 200);
  });

  it('stream part by part', async () => {
    const partial = {
      type: 'image_generation.partial_image',
      partial_image_index: 0,
      b64_json: 'A'.repeat(2 ** 21),
    };
    const done = { type: 'image_generation.completed', b64_json: 'BBBB', usage };
    one.respond(
      sse(
        [partial, done].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
      ),
    );
    const stream = await client().images.generate({
      model: 'brush',
      prompt: 'x',
      stream: true,
      partial_images: 1,
    });
    const seen: number[] = [];
    for await (const event of stream) seen.push(event.b64_json.length);
    assert.deepEqual(seen, [2 ** 21, 4]);
    assert.equal((await receipt()).tokens.output, 100);
  });
});
