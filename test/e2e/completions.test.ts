// Legacy completions with OpenAI's own client: passed on where the upstream has them, asked as a chat where not.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import { chatReply, chatStream, messagesReply } from '../testkit/replies.ts';
import { json, sse } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let gateway: Gateway;
let engine: ScriptedUpstream;
let claude: ScriptedUpstream;

before(async () => {
  [engine, claude] = await Promise.all([createScriptedUpstream(), createScriptedUpstream()]);
  gateway = await startGateway(`
upstreams:
  engine: { provider: openai-compatible, url: ${engine.url} }
  openai: { provider: openai, url: ${engine.url}, secret: sk-x }
  claude: { provider: anthropic, url: ${claude.url}, secret: sk-ant-upstream }
  sim: { provider: sim, options: { models: { instant: { ttft_ms: 0, tokens_per_second: instant } } } }
models:
  old: { targets: [engine/davinci] }
  openai: { targets: [openai/gpt-3.5-turbo-instruct] }
  claude: { targets: [claude/claude-opus-4-5] }
  chatty: { targets: [openai/gpt-4o] }
  split: { targets: [claude/claude-opus-4-5, engine/davinci] }
  ruled:
    targets: [openai/gpt-3.5-turbo-instruct]
    system_prompt: Be brief.
    parameters: { max_tokens: { clamp: { max: 50 } } }
  kept: { targets: [engine/davinci], cache: { ttl: 1m } }
  sim: { targets: [sim/instant] }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await Promise.all([engine, claude].map((upstream) => upstream.close()));
});

function client(): OpenAI {
  return new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
}

function chunk(text: string, finish: string | null = null): string {
  const choices = [{ text, index: 0, logprobs: null, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm', choices })}\n\n`;
}

const usageChunk =
  'data: {"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n';
const stream = `${chunk('Once')}${chunk(' upon')}${chunk('', 'length')}${usageChunk}data: [DONE]\n\n`;

describe('an upstream that has completions', () => {
  it('gets the very call, whatever is in it, and its answer comes back as it is', async () => {
    const answer =
      '{"id":"cmpl-1", "object":"text_completion","choices":[{"text":"!","index":0,"finish_reason":"stop","odd":1}],"usage":{"prompt_tokens":1,"completion_tokens":1}}';
    engine.respond(json(answer));
    const body = { model: 'old', prompt: ['a', [1, 2]], suffix: 'z', echo: true, best_of: 3, logprobs: 2 };
    const reply = await gateway.ask('/v1/completions', body);
    assert.equal(reply.text, answer);
    assert.equal(engine.calls.at(-1)?.path, '/v1/completions');
    assert.deepEqual(engine.calls.at(-1)?.json, { ...body, model: 'davinci' });
    await gateway.quiet();
    const { op, tokens } = gateway.receipts().at(-1);
    assert.deepEqual([op, tokens.fresh, tokens.output], ['complete', 1, 1]);
  });

  for (const include_usage of [true, false]) {
    it(`streams, with usage ${include_usage ? 'since it was asked for' : 'on record only'}`, async () => {
      engine.respond(sse(stream));
      const reply = await client().completions.create({
        model: 'old',
        prompt: 'Tell',
        stream: true,
        stream_options: { include_usage },
      });
      let text = '';
      let total = 0;
      for await (const part of reply) {
        text += part.choices[0]?.text ?? '';
        total += part.usage?.total_tokens ?? 0;
      }
      assert.equal(text, 'Once upon');
      assert.equal(total, include_usage ? 5 : 0);
      assert.equal(engine.calls.at(-1)?.json.stream_options.include_usage, true);
      await gateway.quiet();
      assert.equal(gateway.receipts().at(-1).tokens.output, 2);
    });
  }

  it('is told the bound by the only name it knows', async () => {
    engine.respond(sse(stream));
    await gateway.ask('/v1/completions', { model: 'openai', prompt: 'x', max_tokens: 9 });
    assert.equal(engine.calls.at(-1)?.json.max_tokens, 9);
    assert.equal(engine.calls.at(-1)?.json.max_completion_tokens, undefined);
  });

  it("is given a model's rules and instructions in its own words", async () => {
    engine.respond(json({ choices: [{ text: 'x', index: 0, finish_reason: 'stop' }] }));
    await gateway.ask('/v1/completions', { model: 'ruled', prompt: 'Tell' });
    assert.deepEqual(engine.calls.at(-1)?.json, {
      model: 'gpt-3.5-turbo-instruct',
      prompt: 'Be brief.\n\nTell',
      max_tokens: 50,
    });
    await gateway.ask('/v1/completions', { model: 'ruled', prompt: ['a', 'b'], max_tokens: 99 });
    assert.deepEqual(engine.calls.at(-1)?.json.prompt, ['Be brief.\n\na', 'Be brief.\n\nb']);
    assert.equal(engine.calls.at(-1)?.json.max_tokens, 50);
    const tokens = await gateway.ask('/v1/completions', { model: 'ruled', prompt: [1, 2] });
    assert.match(tokens.json.error.message, /cannot stand before a prompt of tokens/);
  });

  it('answers a streamed call and, out of the cache, the same one unstreamed', async () => {
    engine.respond(sse(stream));
    const body = { model: 'kept', prompt: 'Tell' };
    await gateway.ask('/v1/completions', { ...body, stream: true });
    const asked = engine.calls.length;
    const whole = await gateway.ask('/v1/completions', body);
    assert.equal(whole.headers['x-signalbox-cache'], 'hit');
    assert.equal(engine.calls.length, asked);
    assert.deepEqual(whole.json.choices, [
      { text: 'Once upon', index: 0, logprobs: null, finish_reason: 'length' },
    ]);
    assert.equal(whole.json.object, 'text_completion');
  });

  it('that dies in the middle ends the stream as an error', async () => {
    engine.respond(sse(chunk('Once')));
    await assert.rejects(async () => {
      const reply = await client().completions.create({ model: 'old', prompt: 'x', stream: true });
      for await (const _ of reply);
    }, /ended its stream/);
  });
});

describe('an upstream that only chats', () => {
  it('is asked in a chat, with the bound completions have when none is stated', async () => {
    claude.respond(messagesReply({ text: ' upon a time', input: 4, output: 3 }));
    const reply = await client().completions.create({ model: 'claude', prompt: 'Once', stop: ['END'] });
    assert.equal(reply.object, 'text_completion');
    assert.match(reply.id, /^cmpl-/);
    assert.deepEqual(reply.choices, [
      { text: ' upon a time', index: 0, logprobs: null, finish_reason: 'stop' },
    ] as unknown);
    assert.equal(reply.usage?.total_tokens, 7);
    const sent = claude.calls.at(-1)!;
    assert.equal(sent.path, '/v1/messages');
    assert.equal(sent.json.max_tokens, 16);
    assert.deepEqual(sent.json.stop_sequences, ['END']);
    assert.deepEqual(sent.json.messages[0].role, 'user');
  });

  it('streams text_completion chunks, whatever it thinks beside them', async () => {
    claude.respond(messagesReply({ reasoning: 'Hm.', text: [' upon', ' a time'], output: 3 }));
    const raw = await gateway.ask('/v1/completions', {
      model: 'claude',
      prompt: 'Once',
      stream: true,
      max_tokens: 99,
      stream_options: { include_usage: true },
    });
    const events = raw.text.trim().split('\n\n');
    assert.equal(events.pop(), 'data: [DONE]');
    const chunks = events.map((event) => JSON.parse(event.slice(6)));
    assert.equal(chunks.map((one) => one.choices[0]?.text ?? '').join(''), ' upon a time');
    assert.deepEqual(new Set(chunks.map((one) => one.object)), new Set(['text_completion']));
    assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
    assert.equal(chunks.at(-1).usage.completion_tokens, 3);
    assert.deepEqual(chunks.at(-1).choices, []);
  });

  for (const [what, more, param] of [
    ['a suffix', { suffix: 'end' }, 'suffix'],
    ['an echo', { echo: true }, 'echo'],
    ['tokens', { prompt: [1, 2, 3] }, 'prompt'],
    ['several prompts', { prompt: ['a', 'b'] }, 'prompt'],
    ['an answer of nothing', { max_tokens: 0 }, 'max_tokens'],
  ] as const) {
    it(`is not asked for ${what}: it is refused, or the next upstream has it`, async () => {
      const asked = claude.calls.length;
      const refused = await gateway.ask('/v1/completions', { model: 'claude', prompt: 'Once', ...more });
      assert.equal(refused.status, 400);
      assert.equal(refused.json.error.param, param);
      assert.match(refused.json.error.message, /only possible where completions are/);
      engine.respond(json({ choices: [{ text: 'x', index: 0, finish_reason: 'stop' }] }));
      const saved = await gateway.ask('/v1/completions', { model: 'split', prompt: 'Once', ...more });
      assert.equal(saved.headers['x-signalbox-upstream'], 'engine/davinci');
      assert.equal(claude.calls.length, asked);
    });
  }

  it('may be a model that only chats, of an upstream that has completions for others', async () => {
    engine.respond(chatReply({ text: ' upon a time' }));
    const reply = await client().completions.create({ model: 'chatty', prompt: 'Once' });
    assert.equal(engine.calls.at(-1)?.path, '/v1/chat/completions');
    assert.equal(reply.choices[0]?.text, ' upon a time');
  });

  it('does not get best_of, and the header says so', async () => {
    claude.respond(messagesReply({ text: 'x' }));
    const reply = await gateway.ask('/v1/completions', { model: 'claude', prompt: 'x', best_of: 3 });
    assert.match(reply.headers['x-signalbox-translation'] ?? '', /dropped=best_of/);
  });
});

it('the simulator completes, streamed and whole', async () => {
  const body = { model: 'sim', prompt: 'Once', max_tokens: 5 };
  const whole = await client().completions.create(body);
  assert.equal(whole.usage?.completion_tokens, 5);
  assert.equal(whole.choices[0]?.finish_reason, 'length');
  const parts = await client().completions.create({ ...body, stream: true });
  let text = '';
  for await (const part of parts) text += part.choices[0]?.text ?? '';
  assert.equal(text, whole.choices[0]?.text);
});

it('a chat stream stays a chat stream', async () => {
  engine.respond(sse(chatStream({ text: 'Hello' })));
  const reply = await gateway.ask('/v1/chat/completions', { model: 'old', stream: true, messages: [] });
  assert.match(reply.text, /chat\.completion\.chunk/);
});
