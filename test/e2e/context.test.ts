// Windows before money: what does not fit is refused in the words clients act on, or goes where it fits; counts come
// from whoever knows; prices from the catalogue.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { json } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { assertError, facePaths } from './errors.ts';
import { dialects, replyIn } from './setting.ts';

let chat: ScriptedUpstream;
let messages: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  chat = await createScriptedUpstream();
  messages = await createScriptedUpstream();
  gateway = await startGateway(`
upstreams:
  small: { provider: openai, url: ${chat.url}, secret: sk-up, models: { small: { context_window: 1000 } } }
  large: { provider: anthropic, url: ${messages.url}, secret: sk-ant }
  engine: { provider: vllm, url: ${chat.url} }
models:
  small: { targets: [small/small] }
  both: { targets: [small/small, large/claude-haiku-4-5] }
`);
});

beforeEach(() => {
  chat.respond(replyIn('chat', { text: ['Hi.'] }));
  messages.respond(replyIn('messages', { text: ['Hi.'] }));
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await chat.close();
  await messages.close();
});

function question(model: string, words: number, maxTokens: number): JsonValue {
  return {
    model,
    max_tokens: maxTokens,
    messages: [{ role: 'user', content: 'word '.repeat(words).trim() }],
  };
}

describe('a call that cannot fit', () => {
  const rows: readonly (readonly [
    why: string,
    words: number,
    maxTokens: number,
    messages: RegExp,
    chat: RegExp,
  ])[] = [
    [
      'with its answer makes Claude Code ask for a shorter one',
      500,
      600,
      /^input length and `max_tokens` exceed context limit: 500 \+ 600 > 1000, decrease input length or `max_tokens` and try again$/,
      /^This model's maximum context length is 1000 tokens\. However, you requested about 1100 tokens \(500 in the messages, 600 in the completion\)\. Please reduce/,
    ],
    [
      'at all makes Claude Code shorten its prompt',
      3_000,
      100,
      /^prompt is too long: \d{4} tokens > 1000 maximum$/,
      /^This model's maximum context length is 1000 tokens\. However, you requested about \d{4} tokens/,
    ],
  ];
  for (const [why, words, maxTokens, toClaude, toOthers] of rows) {
    for (const face of dialects) {
      it(`${why} (${face})`, async () => {
        const before = chat.calls.length;
        const reply = await gateway.ask(facePaths[face], question('small', words, maxTokens));
        const code = { status: 400, code: 'context_length_exceeded', type: 'invalid_request_error' };
        if (face === 'chat') assertError(face, reply, code);
        assert.equal(reply.status, 400, reply.text);
        assert.match(reply.json.error.message, face === 'chat' ? toOthers : toClaude);
        assert.equal(reply.headers['x-should-retry'], 'false');
        assert.equal(chat.calls.length, before, 'and nobody was asked');
      });
    }
  }

  it('goes to a target that is large enough, and the receipt says why', async () => {
    const reply = await gateway.ask(facePaths.messages, question('both', 3_000, 100));
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers['x-signalbox-upstream'], 'large/claude-haiku-4-5');
    await gateway.quiet();
    const { choices } = gateway.receipts().at(-1);
    assert.equal(choices[0].target, 'large/claude-haiku-4-5');
    assert.equal(choices[1].target, 'small/small');
    assert.match(choices[1].reason, /^too small: about \d+ tokens and 100 of output are more than 1000$/);
  });
});

it('a call that fits goes on', async () => {
  const reply = await gateway.ask(facePaths.chat, question('small', 899, 100));
  assert.equal(reply.status, 200, reply.text);
});

it('the catalogue gives windows to models and prices to answers', async () => {
  const reply = await gateway.ask(facePaths.messages, question('large/claude-haiku-4-5', 5, 100));
  assert.equal(reply.status, 200, reply.text);
  await gateway.quiet();
  assert.equal(gateway.receipts().at(-1).cost_state, 'priced');
});

describe('counting', () => {
  const count = (model: string) =>
    gateway.ask('/v1/messages/count_tokens', {
      model,
      messages: [{ role: 'user', content: 'Hello, world!' }],
    });

  it('is done by the tokenizer for an upstream that cannot', async () => {
    const reply = await count('small');
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(reply.json, { input_tokens: 4 });
    assert.match(reply.headers['x-signalbox-translation'] ?? '', /input_tokens/);
  });

  it('is done by the upstream that offers it in the dialect', async () => {
    messages.respond(json({ input_tokens: 11 }));
    const reply = await count('large/claude-haiku-4-5');
    assert.deepEqual(reply.json, { input_tokens: 11 });
    assert.equal(messages.calls.at(-1)?.path, '/v1/messages/count_tokens');
  });
});
