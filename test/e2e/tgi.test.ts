// Prompts for a TGI: asked in its own dialect, whatever the caller speaks, and always in a stream.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import { event, last, token } from '../../src/protocols/tgi-generate/replay.ts';
import { chatReply } from '../testkit/replies.ts';
import { end, head, json, splitAt, sse, sseHead } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let gateway: Gateway;
let engine: ScriptedUpstream;
let spare: ScriptedUpstream;

before(async () => {
  [engine, spare] = await Promise.all([createScriptedUpstream(), createScriptedUpstream()]);
  gateway = await startGateway(`
upstreams:
  tgi: { provider: tgi, url: ${engine.url}, models: { up: { price: { input: 1, output: 2 } } } }
  told: { provider: tgi, url: ${engine.url}, protocols: [openai-chat] }
  spare: { provider: openai-compatible, url: ${spare.url} }
models:
  old: { targets: [tgi/up] }
  told: { targets: [told/up] }
  both: { targets: [tgi/up, spare/davinci] }
  strict: { targets: [tgi/up], strict: true }
  kept: { targets: [tgi/up], cache: { ttl: 1m } }
  ruled: { targets: [tgi/up], system_prompt: Be brief., parameters: { max_tokens: { clamp: { max: 50 } } } }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await Promise.all([engine, spare].map((upstream) => upstream.close()));
});

const client = () => new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const stream = `${token('<s>', {}, { special: true })}${token('Once')}${token(' upon')}${last('Once upon')}`;
const overloaded = { error: 'Model is overloaded', error_type: 'overloaded' };

async function receipt() {
  await gateway.quiet();
  return gateway.receipts().at(-1);
}

describe('a legacy completion', () => {
  it('is asked natively, and its answer is whole, without what is no text', async () => {
    engine.respond(sse(stream));
    const reply = await client().completions.create({
      model: 'old',
      prompt: 'Tell',
      max_tokens: 9,
      temperature: 0.5,
      seed: 7,
    });
    const call = engine.calls.at(-1)!;
    assert.equal(call.path, '/generate_stream');
    assert.deepEqual(call.json, {
      inputs: 'Tell',
      parameters: {
        details: true,
        max_new_tokens: 9,
        do_sample: true,
        temperature: 0.5,
        seed: 7,
        adapter_id: 'up',
      },
    });
    assert.deepEqual(reply.choices, [
      { text: 'Once upon', index: 0, logprobs: null, finish_reason: 'stop' },
    ] as unknown);
    assert.equal(reply.object, 'text_completion');
    assert.deepEqual([reply.usage?.prompt_tokens, reply.usage?.completion_tokens], [7, 2]);
    const { op, tokens, cost_nano } = await receipt();
    assert.deepEqual([op, tokens.fresh, tokens.output, tokens.estimated], ['complete', 7, 2, false]);
    assert.equal(cost_nano, '11000');
  });

  it('streams, however the bytes were cut', async () => {
    const bytes = Buffer.from(stream);
    for (const at of [1, 40, 111, 200, bytes.length - 1]) {
      engine.respond([sseHead(), ...splitAt(bytes, [at]), end]);
      let text = '';
      let finish: string | null | undefined;
      const parts = await client().completions.create({ model: 'old', prompt: 'Tell', stream: true });
      for await (const part of parts) {
        text += part.choices[0]?.text ?? '';
        finish = part.choices[0]?.finish_reason ?? finish;
      }
      assert.deepEqual([text, finish], ['Once upon', 'stop']);
    }
  });

  it('tells log probabilities when asked', async () => {
    const tops = [{ id: 1, text: 'Once', logprob: -0.5, special: false }];
    engine.respond(sse(`${token('Once', {}, { tops })}${last('Once')}`));
    const reply = await client().completions.create({ model: 'old', prompt: 'Tell', logprobs: 1 });
    assert.equal(engine.calls.at(-1)?.json.parameters.top_n_tokens, 1);
    assert.deepEqual(reply.choices[0]?.logprobs as unknown, {
      tokens: ['Once'],
      token_logprobs: [-0.5],
      top_logprobs: [{ Once: -0.5 }],
      text_offset: [0],
    });
  });

  it('of several prompts goes on as it is: only there are they known', async () => {
    const answer = { choices: [{ text: 'x', index: 0, finish_reason: 'stop' }] };
    engine.respond(json(answer));
    const reply = await gateway.ask('/v1/completions', { model: 'old', prompt: ['a', 'b'], stop: ['x'] });
    assert.deepEqual(reply.json, answer);
    assert.equal(engine.calls.at(-1)?.path, '/v1/completions');
    assert.deepEqual(engine.calls.at(-1)?.json, { model: 'up', prompt: ['a', 'b'], stop: ['x'] });
  });

  it('goes on as it is where the config wants that', async () => {
    engine.respond(json({ choices: [{ text: 'x', index: 0, finish_reason: 'stop' }] }));
    await gateway.ask('/v1/completions', { model: 'told', prompt: 'Tell' });
    assert.equal(engine.calls.at(-1)?.path, '/v1/completions');
  });

  it("keeps to a model's rules and instructions", async () => {
    engine.respond(sse(stream));
    await gateway.ask('/v1/completions', { model: 'ruled', prompt: 'Tell', max_tokens: 99 });
    assert.equal(engine.calls.at(-1)?.json.inputs, 'Be brief.\n\nTell');
    assert.equal(engine.calls.at(-1)?.json.parameters.max_new_tokens, 50);
  });

  it('says what was lost, or under strict is refused for it', async () => {
    engine.respond(sse(stream));
    const body = { model: 'old', prompt: 'Tell', stop: 'END', presence_penalty: 1, best_of: 2 };
    const reply = await gateway.ask('/v1/completions', body);
    assert.equal(
      reply.headers['x-signalbox-translation'],
      'dropped=presence_penalty,best_of; approximated=stop',
    );
    const asked = engine.calls.length;
    const refused = await gateway.ask('/v1/completions', { ...body, model: 'strict' });
    assert.equal(refused.status, 400);
    assert.match(refused.json.error.message, /cannot take the call as it is/);
    assert.equal(engine.calls.length, asked);
  });

  for (const [what, more, param] of [
    ['several answers', { n: 2 }, 'n'],
    ['an echo', { echo: true }, 'echo'],
    ['a suffix', { suffix: 'x' }, 'suffix'],
  ] as const) {
    it(`with ${what} is for another upstream`, async () => {
      const asked = engine.calls.length;
      spare.respond(json({ choices: [{ text: 'x', index: 0, finish_reason: 'stop' }] }));
      const reply = await gateway.ask('/v1/completions', { model: 'both', prompt: 'Tell', ...more });
      assert.equal(reply.headers['x-signalbox-upstream'], 'spare/davinci');
      const refused = await gateway.ask('/v1/completions', { model: 'old', prompt: 'Tell', ...more });
      assert.equal(refused.json.error.param, param);
      assert.equal(engine.calls.length, asked);
    });
  }

  it('is answered out of the cache, streamed or not', async () => {
    engine.respond(sse(stream));
    const body = { model: 'kept', prompt: 'Tell' };
    await gateway.ask('/v1/completions', { ...body, stream: true });
    const asked = engine.calls.length;
    const whole = await gateway.ask('/v1/completions', body);
    assert.equal(whole.headers['x-signalbox-cache'], 'hit');
    assert.equal(whole.json.choices[0].text, 'Once upon');
    assert.equal(engine.calls.length, asked);
  });
});

describe('an engine in trouble', () => {
  for (const [why, script, outcome] of [
    ['is full, with a status', json(overloaded, 429), 'upstream_overloaded'],
    ['is full, in its stream', sse(event(overloaded)), 'upstream_overloaded'],
    [
      'fails before the first token',
      sse(event({ error: 'Request failed during generation: x', error_type: 'generation' })),
      'upstream_fault',
    ],
    ['says nothing', [head(200, { 'content-type': 'text/event-stream' }), end], 'upstream_truncated'],
  ] as const) {
    it(`${why}: the next one is asked`, async () => {
      engine.respond(script);
      spare.respond(json({ choices: [{ text: 'x', index: 0, finish_reason: 'stop' }] }));
      const reply = await gateway.ask('/v1/completions', { model: 'both', prompt: 'Tell' });
      assert.equal(reply.json.choices[0].text, 'x');
      assert.equal((await receipt()).attempts[0].outcome, outcome);
    });
  }

  it('that fails midway ends a stream as an error', async () => {
    engine.respond(
      sse(
        `${token('Once')}${event({ error: 'Request failed during generation: x', error_type: 'generation' })}`,
      ),
    );
    await assert.rejects(async () => {
      const parts = await client().completions.create({ model: 'both', prompt: 'x', stream: true });
      for await (const _ of parts);
    }, /upstream failed/);
    assert.equal((await receipt()).tokens.output, 1);
  });

  it('says what is wrong with the call', async () => {
    const error = 'Input validation error: `top_p` must be > 0.0 and < 1.0';
    engine.respond(sse(event({ error, error_type: 'validation' })));
    const reply = await gateway.ask('/v1/completions', { model: 'old', prompt: 'Tell', top_p: 2 });
    assert.equal(reply.status, 422);
    assert.equal(reply.json.error.message, error);
  });
});

describe("Ollama's prompts", () => {
  it('go on bare when they are', async () => {
    engine.respond(sse(stream));
    const body = {
      model: 'old',
      prompt: 'Tell',
      raw: true,
      options: { num_predict: 5, repeat_penalty: 1.1 },
    };
    const reply = await gateway.ask('/api/generate', { ...body, stream: false });
    assert.equal(reply.json.response, 'Once upon');
    assert.deepEqual([reply.json.prompt_eval_count, reply.json.eval_count], [7, 2]);
    const { path, json: sent } = engine.calls.at(-1)!;
    assert.equal(path, '/generate_stream');
    assert.deepEqual([sent.parameters.max_new_tokens, sent.parameters.repetition_penalty], [5, 1.1]);
  });

  it('are turns of a chat when they are not', async () => {
    engine.respond(chatReply({ text: 'Hi.' }));
    await gateway.ask('/api/generate', { model: 'old', prompt: 'Tell', stream: false });
    assert.equal(engine.calls.at(-1)?.path, '/v1/chat/completions');
  });
});

it('a chat stays a chat', async () => {
  engine.respond(chatReply({ text: 'Hi.' }));
  await gateway.ask('/v1/chat/completions', { model: 'old', messages: [{ role: 'user', content: 'x' }] });
  assert.equal(engine.calls.at(-1)?.path, '/v1/chat/completions');
});
