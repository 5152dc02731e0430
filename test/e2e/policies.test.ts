// What an operator decides about a model shows where it counts: in the bytes the upstream receives, in how often
// it is asked at all, and in headers that tell the caller.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { replyCases } from '../matrix/reply-cases.ts';
import { checkChatBody, checkChatStream } from '../testkit/chat-checker.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { checkMessagesBody, checkMessagesStream } from '../testkit/messages-checker.ts';
import { createRawClient, type RawReply, requestBytes, send } from '../testkit/raw-client.ts';
import { chatStream, messagesStream } from '../testkit/replies.ts';
import { bytes, createGate, end, json, reset, sse, sseHead, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';
import { assertError, facePaths } from './errors.ts';
import { cutAfter, type Dialect, dialects, replyIn } from './setting.ts';

let upstreams: Readonly<Record<Dialect, ScriptedUpstream>>;
let gateway: Gateway;

const NARROW = 'sk-signalbox-narrow-0123456789';
const LIMITED = 'sk-signalbox-limited-0123456789';
const OTHER = 'sk-signalbox-other-0123456789';

before(async () => {
  upstreams = { chat: await createScriptedUpstream(), messages: await createScriptedUpstream() };
  gateway = await startGateway(`
keys:
  - { name: test, secret: ${KEY}, metrics: true }
  - { name: narrow, secret: ${NARROW}, models: ['small-*'] }
  - { name: limited, secret: ${LIMITED}, tenant: limited, limits: [3 requests/day] }
  - { name: other, secret: ${OTHER}, tenant: other }
upstreams:
  chat: { provider: openai-compatible, url: ${upstreams.chat.url}, secret: sk-up, headers: { x-team: blue } }
  messages: { provider: anthropic, url: ${upstreams.messages.url}, secret: sk-ant-up }
default_model: small-chat
models:
  small-chat: { aliases: [gpt-4o-mini, tiny], targets: [chat/llama-3] }
  small-messages: { aliases: [claude-haiku], targets: [messages/claude-haiku-4-5] }
  ruled-chat: &ruled
    targets: [chat/llama-3]
    system_prompt: Be kind.
    parameters:
      temperature: { lock: 0 }
      top_p: { default: 0.5 }
      max_tokens: { clamp: { min: 10, max: 100 } }
      seed: { forbid: true }
      chat_template_kwargs: { default: { thinking: false } }
  ruled-messages: { <<: *ruled, targets: [messages/claude-haiku-4-5] }
  strict-messages: { targets: [messages/claude-haiku-4-5], strict: true }
  cached-chat: &cached { targets: [chat/llama-3], cache: { ttl: 1h } }
  cached-messages: { <<: *cached, targets: [messages/claude-haiku-4-5] }
`);
});

beforeEach(() => {
  for (const dialect of dialects) upstreams[dialect].respond(replyIn(dialect, { text: ['Hel', 'lo.'] }));
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  for (const dialect of dialects) await upstreams[dialect].close();
});

function question(fields: JsonValue, text = 'Hello.'): JsonValue {
  return { max_tokens: 50, messages: [{ role: 'user', content: text }], ...fields };
}

function last(dialect: Dialect): JsonValue {
  return upstreams[dialect].calls.at(-1)?.json;
}

describe('names', () => {
  const rows: readonly (readonly [string, Dialect, string, string])[] = [
    ['small-chat', 'chat', 'llama-3', 'small-chat'],
    ['gpt-4o-mini', 'chat', 'llama-3', 'small-chat'],
    ['claude-haiku', 'messages', 'claude-haiku-4-5', 'small-messages'],
    ['chat/any-model:7b', 'chat', 'any-model:7b', 'chat/any-model:7b'],
    ['of-nobody', 'chat', 'llama-3', 'small-chat'],
  ];
  for (const [asked, dialect, sent, told] of rows) {
    for (const face of dialects) {
      it(`"${asked}" of a ${face} caller is "${sent}" to the upstream`, async () => {
        const reply = await gateway.ask(facePaths[face], question({ model: asked }));
        assert.equal(reply.status, 200, reply.text);
        assert.equal(last(dialect).model, sent);
        assert.equal(reply.headers['x-signalbox-model'], told);
        assert.equal(reply.headers['x-signalbox-upstream'], `${dialect}/${sent}`);
      });
    }
  }

  it('that a caller makes up are no labels of metrics, those of the config are', async () => {
    await gateway.ask(facePaths.chat, question({ model: 'chat/invented-just-now' }));
    await gateway.ask(facePaths.chat, question({ model: 'chat/llama-3' }));
    await gateway.quiet();
    const names = [...(await gateway.metrics()).keys()].join('\n');
    assert.doesNotMatch(names, /invented/);
    assert.match(names, /^signalbox_calls_total\{.*model="chat\/\*"/m);
    assert.match(names, /^signalbox_calls_total\{.*model="chat\/llama-3"/m);
  });

  it('and the secret goes to the upstream, never the key of the caller', async () => {
    await gateway.ask(facePaths.chat, question({ model: 'small-chat' }), { 'x-api-key': KEY, cookie: 'a=b' });
    const { headers } = upstreams.chat.calls.at(-1) ?? {};
    assert.equal(headers?.authorization, 'Bearer sk-up');
    assert.equal(headers?.['x-team'], 'blue');
    assert.equal(headers?.['x-api-key'], undefined);
    assert.equal(headers?.cookie, undefined);
    assert.equal(headers?.['accept-encoding'], 'identity');
    await gateway.ask(facePaths.chat, question({ model: 'small-messages' }));
    assert.equal(upstreams.messages.calls.at(-1)?.headers['x-api-key'], 'sk-ant-up');
    assert.equal(upstreams.messages.calls.at(-1)?.headers.authorization, undefined);
  });

  it('a key sees and uses its own models only', async () => {
    const headers = { authorization: `Bearer ${NARROW}` };
    const list = await send(gateway.url, '/v1/models', { method: 'GET', headers });
    const ids = list.json.data.map((model: JsonValue) => model.id);
    assert.ok(ids.includes('small-chat'));
    assert.ok(!ids.includes('cached-chat'), ids.join());
    for (const face of dialects) {
      const body = question({ model: 'cached-chat' });
      const reply = await send(gateway.url, facePaths[face], { headers, body });
      assertError(face, reply, {
        status: 403,
        code: 'permission_denied',
        type: 'permission_error',
        at: /model/,
      });
    }
  });
});

for (const face of dialects) {
  for (const to of dialects) {
    describe(`rules for a ${face} caller of a ${to} upstream`, () => {
      const model = `ruled-${to}`;

      it('lock, default and clamp change the body, and the caller is told', async () => {
        const body = question({ model, temperature: 0.9, max_tokens: 5000 });
        const reply = await gateway.ask(facePaths[face], body);
        assert.equal(reply.status, 200, reply.text);
        const sent = last(to);
        assert.equal(sent.temperature, 0);
        assert.equal(sent.max_tokens, 100);
        const told = reply.headers['x-signalbox-changed'] ?? '';
        for (const what of [
          /temperature locked/,
          /max_tokens clamped to 100/,
          /top_p defaulted/,
          /system prompt/,
        ]) {
          assert.match(told, what);
        }
        if (to === 'chat') {
          assert.equal(sent.messages[0].role, 'system');
          assert.equal(sent.messages[0].content, 'Be kind.');
          assert.equal(sent.top_p, 0.5);
        } else assert.match(JSON.stringify(sent.system), /Be kind\./);
        if (face === to) assert.deepEqual(sent.chat_template_kwargs, { thinking: false });
      });

      it('a bound nobody set is the largest allowed, a small one is raised', async () => {
        const { max_tokens: _, ...unbounded } = question({ model });
        if (face === 'chat') {
          await gateway.ask(facePaths[face], unbounded);
          assert.equal(last(to).max_tokens ?? last(to).max_completion_tokens, 100);
        }
        await gateway.ask(facePaths[face], question({ model, max_tokens: 1 }));
        assert.equal(last(to).max_tokens, 10);
      });

      it('a second spelling of what rights and rules look at is refused', async () => {
        const before = upstreams[to].calls.length;
        for (const name of ['MODEL', 'Max_Tokens', 'SEED', 'chat_template_Kwargs', 'me\u017f\u017fages']) {
          const body = question({ model: `ruled-${to}`, [name]: 1 });
          assertError(face, await gateway.ask(facePaths[face], body), {
            status: 400,
            code: 'bad_request',
            type: 'invalid_request_error',
            at: new RegExp(name),
          });
        }
        assert.equal(upstreams[to].calls.length, before);
      });

      it('what is forbidden is refused before anybody is asked', async () => {
        const before = upstreams[to].calls.length;
        const reply = await gateway.ask(facePaths[face], question({ model, seed: 7 }));
        assertError(face, reply, {
          status: 400,
          code: 'unsupported_parameter',
          type: 'invalid_request_error',
          at: /seed/,
        });
        assert.equal(upstreams[to].calls.length, before);
      });
    });
  }
}

describe('strict: nothing is lost silently, nor loudly', () => {
  for (const [why, how] of [
    ['by the model', { model: 'strict-messages', headers: {} }],
    ["at the caller's wish", { model: 'small-messages', headers: { 'x-signalbox-strict': 'true' } }],
  ] as const) {
    it(`${why}, a call that would lose its seed is refused`, async () => {
      const before = upstreams.messages.calls.length;
      const reply = await gateway.ask(facePaths.chat, question({ model: how.model, seed: 7 }), how.headers);
      assert.equal(reply.status, 400, reply.text);
      assert.match(reply.json.error.message, /seed/);
      assert.equal(upstreams.messages.calls.length, before);
    });
  }

  it('a call without the bound that its upstream needs is told to state it', async () => {
    const headers = { 'x-signalbox-strict': 'true' };
    const body = { model: 'small-messages', messages: [{ role: 'user', content: 'Hi.' }] };
    const reply = await gateway.ask(facePaths.chat, body, headers);
    assert.equal(reply.status, 400, reply.text);
    assert.match(reply.json.error.message, /It needs max_tokens: state it/);
    assert.doesNotMatch(reply.json.error.message, /fields out/);
  });

  it('a call that loses nothing goes through', async () => {
    assert.equal((await gateway.ask(facePaths.chat, question({ model: 'strict-messages' }))).status, 200);
  });
});

describe('what a reply loses on its way', () => {
  const lossy = replyCases.find(({ name }) => name === 'redacted-thinking')?.messages;

  it('is named in a header while there is time for one, and in the receipt', async () => {
    upstreams.messages.respond(json(lossy?.body));
    const reply = await gateway.ask(facePaths.chat, question({ model: 'small-messages' }));
    assert.equal(checkChatBody(reply.json).text, 'Hi.');
    assert.match(reply.headers['x-signalbox-translation'] ?? 'no header', /dropped=thinking\.redacted/);
    assert.ok(gateway.receipts().at(-1)?.ledger?.includes('dropped:thinking.redacted'));
  });

  it('is named in the receipt of a stream', async () => {
    upstreams.messages.respond(sse(lossy?.stream ?? ''));
    const reply = await gateway.ask(facePaths.chat, question({ model: 'small-messages', stream: true }));
    assert.equal(checkChatStream(reply.text, { usage: false }).text, 'Hi.');
    assert.ok(gateway.receipts().at(-1)?.ledger?.includes('dropped:thinking.redacted'));
  });
});

describe('usage an upstream does not state', () => {
  it('is estimated for the receipt, and the caller is not told that it was nothing', async () => {
    upstreams.chat.respond(sse(chatStream({ text: ['Hel', 'lo.'] }, false)));
    const reply = await gateway.ask(facePaths.messages, question({ model: 'small-chat', stream: true }));
    const { tokens } = gateway.receipts().at(-1);
    assert.equal(tokens.estimated, true);
    assert.ok(tokens.fresh > 0 && tokens.output > 0);
    assert.deepEqual(checkMessagesStream(reply.text).usage, { input: tokens.fresh, output: tokens.output });
  });
});

const checks = {
  chat: {
    whole: (reply: RawReply) => checkChatBody(reply.json).text,
    streamed: (reply: RawReply) => checkChatStream(reply.text, { usage: false }).text,
  },
  messages: {
    whole: (reply: RawReply) => checkMessagesBody(reply.json).text,
    streamed: (reply: RawReply) => checkMessagesStream(reply.text).text,
  },
};

for (const face of dialects) {
  for (const to of dialects) {
    describe(`the cache between a ${face} caller and a ${to} upstream`, () => {
      const model = `cached-${to}`;
      const ask = (text: string, stream: boolean, headers = {}): Promise<RawReply> =>
        gateway.ask(facePaths[face], question({ model, stream }, text), headers);

      for (const first of [false, true]) {
        it(`answers again, whole and streamed, what was first ${first ? 'streamed' : 'whole'}`, async () => {
          const text = `${face} ${first}`;
          const before = upstreams[to].calls.length;
          const replies = [await ask(text, first), await ask(text, false), await ask(text, true)];
          assert.deepEqual(
            replies.map((reply) => reply.headers['x-signalbox-cache']),
            ['miss', 'hit', 'hit'],
          );
          assert.equal(upstreams[to].calls.length, before + 1);
          const [, whole, streamed] = replies as [RawReply, RawReply, RawReply];
          assert.equal(checks[face].whole(whole), 'Hello.');
          assert.equal(checks[face].streamed(streamed), 'Hello.');
        });
      }

      it('never answers another tenant, another question or other parameters', async () => {
        const text = `${face} private`;
        const before = upstreams[to].calls.length;
        await ask(text, false);
        const others = [
          await ask(text, false, { authorization: `Bearer ${OTHER}` }),
          await ask(`${text}!`, false),
          await gateway.ask(facePaths[face], question({ model, max_tokens: 51 }, text)),
        ];
        for (const reply of others) assert.equal(reply.headers['x-signalbox-cache'], 'miss');
        assert.equal(upstreams[to].calls.length, before + 4);
      });

      it('is passed by, or written anew, when the caller says so', async () => {
        const text = `${face} anew`;
        await ask(text, false);
        const before = upstreams[to].calls.length;
        assert.equal(
          (await ask(text, false, { 'cache-control': 'no-store' })).headers['x-signalbox-cache'],
          'skip',
        );
        assert.equal(
          (await ask(text, false, { 'cache-control': 'no-cache' })).headers['x-signalbox-cache'],
          'miss',
        );
        assert.equal((await ask(text, false)).headers['x-signalbox-cache'], 'hit');
        assert.equal(upstreams[to].calls.length, before + 2);
      });

      it('asks once for identical calls that come together, streamed to each as it comes', async () => {
        const upstream = upstreams[to];
        const gate = createGate();
        const stream =
          to === 'chat' ? chatStream({ text: ['Hel', 'lo.'] }) : messagesStream({ text: ['Hel', 'lo.'] });
        const [opening, rest] = cutAfter(stream, 'Hel');
        upstream.respond([sseHead(), bytes(opening), wait(gate.opened), bytes(rest), end]);
        const before = upstream.calls.length;
        const request = requestBytes(facePaths[face], {
          headers: { authorization: `Bearer ${KEY}` },
          body: question({ model, stream: true }, `${face} together`),
        });
        const clients = await Promise.all([1, 2, 3].map(() => createRawClient(gateway.url)));
        for (const client of clients) {
          await client.write(request);
          await client.until('Hel');
        }
        // The one who asked first leaves; the others are none the worse.
        clients[0]?.abort();
        gate.open();
        const replies = await Promise.all(clients.slice(1).map((client) => client.reply()));
        for (const reply of replies) {
          assert.equal(checks[face].streamed(reply), 'Hello.');
          assert.equal(reply.headers['x-signalbox-cache'], 'joined');
        }
        assert.equal(upstream.calls.length, before + 1);
        for (const client of clients) client.abort();
      });

      it('keeps nothing that failed or broke off', async () => {
        const text = `${face} broken`;
        upstreams[to].next(json({ error: { message: 'No.' } }, 500));
        assert.equal((await ask(text, false)).status, 502);
        const stream = to === 'chat' ? chatStream({ text: 'Hel' }) : messagesStream({ text: 'Hel' });
        const [opening] = cutAfter(stream, 'Hel');
        upstreams[to].next([sseHead(), bytes(opening), reset]);
        assert.match((await ask(text, true)).text, /"error"/);
        assert.equal((await ask(text, false)).headers['x-signalbox-cache'], 'miss');
        assert.equal((await ask(text, false)).headers['x-signalbox-cache'], 'hit');
      });
    });
  }
}

describe('limits', () => {
  it('refuse with 429, the reason, the time to wait, and nothing sent', async () => {
    const headers = { authorization: `Bearer ${LIMITED}` };
    const ask = (face: Dialect): Promise<RawReply> =>
      send(gateway.url, facePaths[face], { headers, body: question({ model: 'small-chat' }) });
    for (const left of [2, 1, 0]) {
      const reply = await ask('chat');
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers['x-ratelimit-limit-requests'], '3');
      assert.equal(reply.headers['x-ratelimit-remaining-requests'], String(left));
    }
    const before = upstreams.chat.calls.length;
    for (const face of dialects) {
      const reply = await ask(face);
      assertError(face, reply, {
        status: 429,
        code: 'rate_limit_exceeded',
        type: 'rate_limit_error',
        says: /limited.*3 requests/s,
      });
      const wait = Number(reply.headers['retry-after']);
      assert.ok(wait > 0 && wait <= 86_400, `retry-after: ${wait}`);
    }
    assert.equal(upstreams.chat.calls.length, before);
  });
});
