// When a target fails before its answer has begun, the next one answers the same call and the caller notices
// nothing. Once it has begun, the caller is told in its own dialect, and no word is ever said twice.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { chatStream, messagesStream } from '../testkit/replies.ts';
import { bytes, end, fin, head, json, reset, type Script, sse, sseHead, stall } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { facePaths } from './errors.ts';
import { cutAfter, type Dialect, dialects, replyIn } from './setting.ts';

/** Upstreams by dialect and place in the order. */
type Bench = Readonly<Record<Dialect, readonly [ScriptedUpstream, ScriptedUpstream]>>;

let bench: Bench;
let gateway: Gateway;

before(async () => {
  const pair = async (): Promise<readonly [ScriptedUpstream, ScriptedUpstream]> => [
    await createScriptedUpstream(),
    await createScriptedUpstream(),
  ];
  bench = { chat: await pair(), messages: await pair() };
  const gone = await createScriptedUpstream();
  await gone.close();
  gateway = await startGateway(`
upstreams:
  gone: { health: off, provider: openai-compatible, url: ${gone.url} }
  chat1: { health: off, provider: openai-compatible, url: ${bench.chat[0].url} }
  chat2: { health: off, provider: openai-compatible, url: ${bench.chat[1].url} }
  messages1: { health: off, provider: anthropic, url: ${bench.messages[0].url}, secret: sk-ant-1 }
  messages2: { health: off, provider: anthropic, url: ${bench.messages[1].url}, secret: sk-ant-2 }
timeouts: { first_byte: 200ms, idle: 200ms }
models:
  gone-chat: { targets: [gone/m, chat2/m] }
  gone-messages: { targets: [gone/m, messages2/claude-opus-4-5] }
  chat-chat: { targets: [chat1/m, chat2/m] }
  chat-messages: { targets: [chat1/m, messages2/claude-opus-4-5] }
  messages-chat: { targets: [messages1/claude-opus-4-5, chat2/m] }
  messages-messages: { targets: [messages1/claude-opus-4-5, messages2/claude-opus-4-5] }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  for (const dialect of dialects) for (const upstream of bench[dialect]) await upstream.close();
});

const question = { max_tokens: 100, messages: [{ role: 'user', content: 'Hello.' }] };

function lastReceipt(): JsonValue {
  return gateway.receipts().at(-1);
}

/** The stream's opening, which says nothing yet. */
function prelude(dialect: Dialect): string {
  const stream = dialect === 'chat' ? chatStream({ text: 'Hi.' }) : messagesStream({ text: 'Hi.' });
  const opening = dialect === 'chat' ? 1 : 2;
  return `${stream.split('\n\n').slice(0, opening).join('\n\n')}\n\n`;
}

function errorEvent(dialect: Dialect): string {
  const error = { type: 'overloaded_error', message: 'Overloaded' };
  return dialect === 'chat'
    ? `data: ${JSON.stringify({ error })}\n\n`
    : `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`;
}

interface Failure {
  readonly why: string;
  readonly script: (dialect: Dialect) => Script;
  readonly outcome: RegExp;
  /** Streams only. */
  readonly stream?: true;
}

const apiError = { type: 'error', error: { type: 'api_error', message: 'It broke.' } };
const failures: readonly Failure[] = [
  { why: 'resets before the first byte', script: () => [reset], outcome: /upstream_reset/ },
  { why: 'closes before the first byte', script: () => [fin], outcome: /upstream_(reset|truncated|garbled)/ },
  { why: 'stays silent', script: () => [stall], outcome: /upstream_timeout/ },
  { why: 'answers 500', script: () => json(apiError, 500), outcome: /upstream_fault/ },
  { why: 'answers 503', script: () => json(apiError, 503), outcome: /upstream_(overloaded|fault)/ },
  { why: 'answers 429', script: () => json(apiError, 429), outcome: /upstream_rate_limited/ },
  { why: 'answers 401', script: () => json(apiError, 401), outcome: /upstream_auth/ },
  { why: 'answers 404', script: () => json(apiError, 404), outcome: /upstream_(model_missing|fault)/ },
  {
    why: 'answers 302',
    script: () => [head(302, { location: '/x', 'content-length': '0' }, 'raw')],
    outcome: /upstream_fault/,
  },
  { why: 'answers garbage', script: () => json('<html>'), outcome: /upstream_garbled/ },
  { why: 'answers with an error inside a 200', script: () => json(apiError), outcome: /upstream_/ },
  {
    why: 'answers with half a body',
    script: () => [head(200, { 'content-length': '99' }, 'raw'), bytes('{"id":'), fin],
    outcome: /upstream_/,
  },
  {
    why: 'streams an error before any content',
    script: (d) => sse(`${prelude(d)}${errorEvent(d)}`),
    outcome: /upstream_overloaded/,
    stream: true,
  },
  {
    why: 'opens its stream and resets',
    script: (d) => [sseHead(), bytes(prelude(d)), reset],
    outcome: /upstream_(reset|truncated)/,
    stream: true,
  },
  {
    why: 'opens its stream and closes',
    script: (d) => sse(prelude(d)),
    outcome: /upstream_truncated/,
    stream: true,
  },
  {
    why: 'opens its stream and says no more',
    script: (d) => [sseHead(), bytes(prelude(d)), stall],
    outcome: /upstream_timeout/,
    stream: true,
  },
  {
    why: 'streams what is no JSON',
    script: () => sse('data: hello\n\n'),
    outcome: /upstream_garbled/,
    stream: true,
  },
];

for (const first of dialects) {
  for (const second of dialects) {
    describe(`a ${first} upstream fails, a ${second} upstream answers`, () => {
      for (const { why, script, outcome, stream: only } of failures) {
        for (const stream of only === true ? [true] : [false, true]) {
          it(`the first ${why}${only === true || !stream ? '' : ' instead of streaming'}`, async () => {
            bench[first][0].respond(script(first));
            bench[second][1].respond(replyIn(second, { text: ['Sav', 'ed.'] }));
            for (const face of dialects) {
              const counts = [bench[first][0].calls.length, bench[second][1].calls.length];
              const reply = await gateway.ask(facePaths[face], {
                model: `${first}-${second}`,
                stream,
                ...question,
              });
              assert.equal(reply.status, 200, reply.text);
              assert.match(spoken(reply.text), /Sav.*ed\./);
              assert.doesNotMatch(reply.text, /It broke|[Oo]verloaded|"error"/, 'the caller notices nothing');
              assert.equal(reply.headers['x-signalbox-attempts'], '2');
              assert.match(reply.headers['x-signalbox-upstream'] ?? '', new RegExp(`^${second}2/`));
              const [asked = 0, saving = 0] = [
                bench[first][0].calls.length - (counts[0] ?? 0),
                bench[second][1].calls.length - (counts[1] ?? 0),
              ];
              assert.equal(saving, 1);
              // A kept connection may have been closed before it heard the call: then it is sent anew.
              assert.ok(
                asked === 1 || (asked === 2 && why.endsWith('before the first byte')),
                `asked ${asked} times`,
              );
              const [failed, saved] = lastReceipt().attempts;
              assert.match(failed.outcome, outcome);
              assert.equal(saved.outcome, 'ok');
            }
          });
        }
      }
    });
  }
}

/** All text in a reply, in whatever pieces it came. */
function spoken(text: string): string {
  return [...text.matchAll(/"(?:text|content)":"([^"]*)"/g)].map(([, piece]) => piece).join('');
}

describe('nobody listens at the first address', () => {
  for (const second of dialects) {
    it(`and a ${second} upstream answers`, async () => {
      bench[second][1].respond(replyIn(second, { text: 'Saved.' }));
      const reply = await gateway.ask(facePaths.chat, { model: `gone-${second}`, ...question });
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers['x-signalbox-attempts'], '2');
      assert.equal(lastReceipt().attempts[0].outcome, 'upstream_refused');
    });
  }
});

describe("the caller's own mistake is not tried elsewhere", () => {
  for (const first of dialects) {
    it(`a ${first} upstream says 400`, async () => {
      const refusal = {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'The picture is too big.' },
      };
      bench[first][0].respond(json(refusal, 400));
      const before = bench.chat[1].calls.length;
      for (const face of dialects) {
        const reply = await gateway.ask(facePaths[face], { model: `${first}-chat`, ...question });
        assert.equal(reply.status, 400, reply.text);
        assert.equal(reply.json.error.type, 'invalid_request_error');
        assert.match(reply.json.error.message, /picture is too big/);
      }
      assert.equal(bench.chat[1].calls.length, before);
    });
  }
});

describe('after the first content there is no second try', () => {
  const deaths: readonly (readonly [string, (dialect: Dialect) => Script])[] = [
    ['resets', () => [reset]],
    ['closes without an end', () => [end]],
    ['falls silent', () => [stall]],
    ['streams an error', (dialect) => [bytes(errorEvent(dialect)), end]],
    ['streams what is no JSON', () => [bytes('data: {"oops\n\n'), end]],
  ];
  for (const first of dialects) {
    for (const face of dialects) {
      for (const [why, death] of deaths) {
        it(`a ${first} upstream ${why} under a ${face} caller`, async () => {
          const whole =
            first === 'chat' ? chatStream({ text: 'Once upon' }) : messagesStream({ text: 'Once upon' });
          const [opening] = cutAfter(whole, 'Once upon');
          bench[first][0].respond([sseHead(), bytes(opening), ...death(first)]);
          bench.messages[1].respond(replyIn('messages', { text: 'Again.' }));
          const before = bench.messages[1].calls.length;
          const reply = await gateway.ask(facePaths[face], {
            model: `${first}-messages`,
            stream: true,
            ...question,
          });
          assert.equal(reply.status, 200);
          assert.ok(reply.whole, 'the connection ends in order');
          assert.equal(spoken(reply.text).match(/Once upon/g)?.length, 1, 'nothing is said twice');
          assert.equal(bench.messages[1].calls.length, before, 'no other target is asked');
          assertInBand(face, reply.text);
          const receipt = lastReceipt();
          assert.equal(receipt.attempts.length, 1);
          assert.notEqual(receipt.outcome, 'ok');
          assert.ok(receipt.tokens.output > 0, 'what was said is not free');
        });
      }
    }
  }
});

/** §2: an error the clients throw on, and no sign of a good end. */
function assertInBand(face: Dialect, text: string): void {
  const last = text.trimEnd().split('\n\n').at(-1) ?? '';
  assert.doesNotMatch(text, /"finish_reason":"|\[DONE\]|message_stop|message_delta/);
  if (face === 'chat') {
    const { error } = JSON.parse(last.replace('data: ', ''));
    assert.deepEqual(Object.keys(error).sort(), ['code', 'message', 'param', 'type']);
  } else {
    const [name, data] = last.split('\n');
    assert.equal(name, 'event: error');
    const value = JSON.parse((data ?? '').replace('data: ', ''));
    assert.equal(value.type, 'error');
    assert.equal(typeof value.error.type, 'string');
  }
}

describe('when every target fails', () => {
  for (const face of dialects) {
    it(`a ${face} caller hears of each of them, and when to try again`, async () => {
      bench.chat[0].respond(json(apiError, 500));
      bench.messages[1].respond(json(apiError, 429, { 'retry-after': '7' }));
      const reply = await gateway.ask(facePaths[face], { model: 'chat-messages', ...question });
      assert.equal(reply.status, 429, 'the last failure decides');
      assert.match(reply.json.error.message, /chat1\/m.*messages2\/claude-opus-4-5/s);
      assert.equal(reply.headers['x-signalbox-attempts'], '2');
      assert.equal(reply.headers['x-should-retry'], undefined);
      assert.equal(reply.headers['retry-after'], '7');
    });
  }
});
