// An upstream dies in the middle of its answer, and the model allows rescue: another target goes on, the caller's own
// library notices nothing, and the seam is in an event and in the receipt.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { chatStream, messagesStream } from '../testkit/replies.ts';
import { bytes, fin, json, reset, type Script, sse, sseHead } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let engine: ScriptedUpstream;
let gateway: Gateway;

beforeEach(async () => {
  [first, second, engine] = [
    await createScriptedUpstream(),
    await createScriptedUpstream(),
    await createScriptedUpstream(),
  ];
  gateway = await startGateway(`
upstreams:
  first: { provider: openai-compatible, url: ${first.url}, health: off }
  second: { provider: anthropic, url: ${second.url}, secret: sk-ant-x, health: off }
  engine: { provider: vllm, url: ${engine.url}, health: off }
  watched: { provider: openai-compatible, url: ${engine.url} }
models:
  watched: { targets: [first/m, watched/m], rescue: true }
  again: { targets: [first/m, second/claude-opus-4-5], rescue: true }
  prefill: { targets: [first/m, engine/qwen], rescue: true }
  three: { targets: [first/m, second/claude-opus-4-5, engine/qwen], rescue: true }
  stated: { targets: [second/claude-opus-4-5, engine/qwen], rescue: true }
  never: { targets: [first/m, engine/qwen] }
`);
});

afterEach(async () => {
  await gateway.quiet();
  await gateway.stop();
  for (const one of [first, second, engine]) await one.close();
});

/** Says these words and dies. */
function dies(...words: readonly string[]): Script {
  const events = chatStream({ text: words }).split('\n\n');
  const begun = events.slice(0, events.findIndex((event) => event.includes(words.at(-1) ?? '')) + 1);
  return [sseHead(), bytes(`${begun.join('\n\n')}\n\n`), fin];
}

const chatOf = (...words: readonly string[]): Script => sse(chatStream({ text: words }));
const messagesOf = (...words: readonly string[]): Script => sse(messagesStream({ text: words }));

function openai(): OpenAI {
  return new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
}

function anthropic(): Anthropic {
  return new Anthropic({ authToken: gateway.key, apiKey: null, baseURL: gateway.url, maxRetries: 0 });
}

/** Its upstream says nothing of what it used. */
const silentOf = (...words: readonly string[]): Script => sse(chatStream({ text: words }, false));

const messages = [{ role: 'user' as const, content: 'Tell me.' }];

async function tell(model: string): Promise<string> {
  const stream = openai().chat.completions.stream({ model, messages });
  const done = await stream.finalChatCompletion();
  return done.choices[0]?.message.content ?? '';
}

describe('an answer that breaks off', () => {
  it('is gone on with by an engine that is given the words so far', async () => {
    first.respond(dies('Once ', 'upon '));
    engine.respond(chatOf('a ', 'time.'));
    assert.equal(await tell('prefill'), 'Once upon a time.');
    const [call] = engine.calls;
    assert.deepEqual(call?.json.messages.at(-1), { role: 'assistant', content: 'Once upon ' });
    assert.equal(call?.json.continue_final_message, true);
    assert.equal(call?.json.add_generation_prompt, false);
    const [receipt] = gateway.receipts();
    assert.equal(receipt.outcome, 'ok');
    assert.deepEqual(receipt.seam, { at: 10, by: 'prefill', from: 'first/m', to: 'engine/qwen' });
    assert.deepEqual(
      receipt.attempts.map((one: { outcome: string }) => one.outcome),
      ['upstream_truncated', 'ok'],
    );
  });

  it('is gone on with by another that says the same again, letter by letter', async () => {
    first.respond(dies('Once ', 'upon '));
    second.respond(messagesOf('Once up', 'on a time.'));
    assert.equal(await tell('again'), 'Once upon a time.');
    assert.equal(gateway.receipts()[0].seam.by, 'again');
  });

  it('is never patched with other words: the next target is tried, and else the caller is told', async () => {
    first.respond(dies('Once ', 'upon '));
    second.respond(messagesOf('There was'));
    engine.respond(chatOf('a time.'));
    assert.equal(await tell('three'), 'Once upon a time.');
    second.respond(messagesOf('There was'));
    await assert.rejects(tell('again'));
    const receipt = gateway.receipts().at(-1);
    assert.equal(receipt.outcome, 'upstream_truncated');
    assert.equal(receipt.seam, undefined);
  });

  it('says nothing of a target that was asked the same again and answers with other words', async () => {
    engine.respond(chatOf('There ', 'was.'));
    for (let time = 0; time < 5; time += 1) {
      first.respond(dies('Once ', 'upon '));
      await assert.rejects(tell('watched'));
    }
    assert.equal(engine.calls.length, 5);
    const states = [...(await gateway.metrics())].filter(([name]) => /target_state.*watched/.test(name));
    assert.ok(
      states.some(([name, value]) => name.includes('"up"') && value === 1),
      JSON.stringify(states),
    );
    assert.equal(await tell('watched/m'), 'There was.');
  });

  it('may break off again', async () => {
    first.respond(dies('Once '));
    second.respond([
      sseHead(),
      bytes(messagesStream({ text: ['Once ', 'upon '] }).split('event: content_block_stop')[0] ?? ''),
      reset,
    ]);
    engine.respond(chatOf('a time.'));
    assert.equal(await tell('three'), 'Once upon a time.');
    assert.equal(engine.calls[0]?.json.messages.at(-1).content, 'Once upon ');
  });

  it('says so in an event that the callers’ own libraries bear, in each dialect', async () => {
    const ask = async (path: string, body: object): Promise<string> => {
      first.respond(dies('Once ', 'upon '));
      engine.respond(chatOf('a time.'));
      const reply = await gateway.ask(path, { model: 'prefill', stream: true, ...body });
      assert.equal(reply.status, 200);
      return reply.text;
    };
    const seam = /"signalbox":\{"seam":\{"at":10,"by":"prefill"/g;
    for (const [path, body] of [
      ['/v1/chat/completions', { messages }],
      ['/v1/messages', { messages, max_tokens: 100 }],
      ['/v1/responses', { input: 'Tell me.', store: false }],
      ['/api/chat', { messages }],
    ] as const) {
      const text = await ask(path, body);
      assert.equal([...text.matchAll(seam)].length, 1, `${path}\n${text}`);
    }
    first.respond(dies('Once ', 'upon '));
    const message = await anthropic()
      .messages.stream({ model: 'prefill', messages, max_tokens: 100 })
      .finalMessage();
    assert.equal(message.content[0]?.type === 'text' ? message.content[0].text : '', 'Once upon a time.');
    first.respond(dies('Once ', 'upon '));
    const response = await openai()
      .responses.stream({ model: 'prefill', input: 'Tell me.', store: false })
      .finalResponse();
    assert.equal(response.output_text, 'Once upon a time.');
  });

  const limits: readonly (readonly [most: number, left: number])[] = [
    [20, 17],
    [4, 1],
    [2, 1],
  ];
  for (const [most, left] of limits) {
    it(`goes on within what is left of ${most} tokens: ${left}`, async () => {
      first.respond(dies('Once ', 'upon '));
      engine.respond(chatOf('a time.'));
      const call = { model: 'prefill', stream: true, messages, max_tokens: most };
      await gateway.ask('/v1/chat/completions', call);
      assert.equal(engine.calls[0]?.json.max_tokens, left);
    });
  }

  it('is no reason to turn a call down that we cannot read and the upstream can', async () => {
    first.respond(chatOf('Hi.'));
    const odd = [{ role: 'narrator', content: 'Once.' }];
    const call = { model: 'prefill', stream: true, messages: odd };
    const reply = await gateway.ask('/v1/chat/completions', call);
    assert.equal(reply.status, 200);
    assert.match(reply.text, /Hi\./);
    assert.equal(first.calls[0]?.json.messages[0].role, 'narrator');
  });

  it('is an error in the caller’s stream where the model does not allow it', async () => {
    first.respond(dies('Once ', 'upon '));
    await assert.rejects(tell('never'));
    assert.equal(engine.calls.length, 0);
  });

  const beyond: readonly (readonly [sentence: string, body: object])[] = [
    ['tools', { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }] }],
    ['a prescribed form', { response_format: { type: 'json_object' } }],
    ['several choices', { n: 2 }],
  ];
  for (const [sentence, more] of beyond) {
    it(`is not gone on with where the call is about ${sentence}`, async () => {
      first.respond(dies('Once ', 'upon '));
      const reply = await gateway.ask('/v1/chat/completions', {
        model: 'prefill',
        stream: true,
        messages,
        ...more,
      });
      assert.match(reply.text, /"error":/);
      assert.equal(engine.calls.length, 0);
    });
  }

  it('is billed for all that was read and said', async () => {
    first.respond(dies('Once ', 'upon '));
    engine.respond(chatOf('a time.'));
    await tell('prefill');
    const [receipt] = gateway.receipts();
    const sum = receipt.attempts.reduce(
      (total: number, one: { tokens: { output: number } }) => total + one.tokens.output,
      0,
    );
    assert.equal(receipt.tokens.output, sum);
    assert.ok(receipt.attempts[0].tokens.estimated);
  });

  /** What the caller is told that the call used, and what is on its bill. */
  async function toldAndBilled(
    model: string,
    content = 'Tell me.',
  ): Promise<readonly [told: object, billed: object]> {
    const stream = anthropic().messages.stream({
      model,
      messages: [{ role: 'user', content }],
      max_tokens: 100,
    });
    const { usage } = await stream.finalMessage();
    const { fresh, output } = gateway.receipts().at(-1).tokens;
    return [
      { fresh: usage.input_tokens, output: usage.output_tokens },
      { fresh, output },
    ];
  }

  const silent: readonly (readonly [sentence: string, model: string, say: () => void])[] = [
    ['an answer in one piece', 'prefill', () => first.respond(silentOf('Once ', 'upon ', 'a time.'))],
    [
      'one with a seam',
      'prefill',
      () => {
        first.respond(dies('Once ', 'upon '));
        engine.respond(silentOf('a ', 'time.'));
      },
    ],
    [
      'one that was said again',
      'watched',
      () => {
        first.respond(dies('Once ', 'upon '));
        engine.respond(silentOf('Once ', 'up', 'on ', 'a time.'));
      },
    ],
    [
      'one whose first part stated its usage',
      'stated',
      () => {
        const [begun = ''] = messagesStream({ text: ['Once '] }).split('event: content_block_stop');
        second.respond([sseHead(), bytes(begun), fin]);
        engine.respond(silentOf('upon ', 'a time.'));
      },
    ],
  ];
  for (const [sentence, model, say] of silent) {
    it(`has usage where the upstream states none, and no other than on the bill: ${sentence}`, async () => {
      say();
      const [told, billed] = await toldAndBilled(model);
      assert.deepEqual(told, billed);
      assert.ok(Object.values(told).every((tokens) => tokens > 0));
    });
  }

  it('has the usage that was stated, and that of all before it', async () => {
    first.respond(dies('Once ', 'upon '));
    engine.respond(sse(chatStream({ text: ['a time.'], input: 70, output: 7 })));
    const [told, billed] = await toldAndBilled('prefill');
    assert.deepEqual(told, billed);
    const [broken] = gateway.receipts()[0].attempts;
    assert.deepEqual(told, { fresh: 70 + broken.tokens.fresh, output: 7 + 2 });
  });

  it('has an estimate by what the model has taught of its tokens', async () => {
    const long = 'Tell me. '.repeat(400);
    first.respond(sse(chatStream({ text: ['Once.'], input: 1800 })));
    await toldAndBilled('prefill', long);
    first.respond(silentOf('Once.'));
    const [told, billed] = await toldAndBilled('prefill', long);
    assert.deepEqual(told, billed);
  });

  it('is written anew from its first word on, and says so where its bytes would have done', async () => {
    const odd = chatStream({ text: ['Hi.'] }).replaceAll('"object"', '"x_odd":1,"object"');
    first.respond(sse(odd));
    const translation = async (model: string, path: string, isAsIs = false): Promise<unknown> => {
      const reply = await gateway.ask(path, { model, stream: true, messages, max_tokens: 20 });
      assert.match(reply.text, /Hi\./);
      assert.equal(reply.text.includes('x_odd'), isAsIs);
      return reply.headers['x-signalbox-translation'];
    };
    const [same, other] = ['/v1/chat/completions', '/v1/messages'];
    assert.equal(await translation('prefill', same), 'approximated=reply');
    assert.deepEqual(gateway.receipts()[0].ledger, ['approximated:reply']);
    assert.equal(await translation('never', same, true), undefined);
    assert.equal(await translation('prefill', other), await translation('never', other));
  });

  it('fails over as always before the first word', async () => {
    first.respond(json({ error: { message: 'No.' } }, 500));
    engine.respond(chatOf('Once upon a time.'));
    assert.equal(await tell('prefill'), 'Once upon a time.');
    assert.equal(gateway.receipts()[0].seam, undefined);
  });
});
