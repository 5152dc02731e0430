import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { misfits, OPENAI, readSchemas, ref } from '../../../../test/testkit/openapi.ts';
import { orderFaults, outline } from '../../../../test/testkit/reply-events.ts';
import { CallWire } from '../../../canonical/call-wire.ts';
import type { CallContent } from '../../../canonical/content.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import type { Json, JsonObject } from '../../../canonical/json.ts';
import { Ledger } from '../../../canonical/ledger.ts';
import type { ReplyEvent } from '../../../canonical/reply.ts';
import { noUsage } from '../../../canonical/usage.ts';
import { scanObject } from '../../../lib/json-scan.ts';
import { openaiChat } from '../index.ts';
import { encoderOptions } from '../replay.ts';
import { asChatLogprobs, asCompletionLogprobs } from './logprobs.ts';

const decode = (body: JsonObject): CallContent => openaiChat.decodeCall({ model: 'm', ...body }, 'complete');

function encode(content: CallContent, operation: 'chat' | 'complete') {
  const ledger = new Ledger();
  const { body } = openaiChat.encodeCall(content, {
    model: 'up',
    ledger,
    quirks: { maxTokensField: 'max_completion_tokens' },
    facts: undefined,
    operation,
  });
  return { body, losses: ledger.entries.map(({ outcome, field }) => `${outcome} ${field}`) };
}

test('a call, field by field', () => {
  const content = decode({
    prompt: ['Once'],
    max_tokens: 9,
    temperature: 0.5,
    top_p: 0.9,
    stop: 'END',
    seed: 1,
    n: 2,
    best_of: 2,
    echo: false,
    suffix: '',
    logprobs: 3,
    presence_penalty: 0.1,
    frequency_penalty: 0.2,
    logit_bias: { '5': 1 },
    user: 'ada',
    stream: true,
    stream_options: { include_usage: true },
    min_p: 0.1,
  });
  assert.deepEqual(content, {
    origin: 'openai-completions',
    model: 'm',
    stream: true,
    system: [],
    messages: [{ role: 'user', blocks: [{ type: 'text', text: 'Once' }] }],
    tools: [],
    serverTools: [],
    maxTokens: 9,
    temperature: 0.5,
    topP: 0.9,
    stop: ['END'],
    seed: 1,
    presencePenalty: 0.1,
    frequencyPenalty: 0.2,
    logitBias: { '5': 1 },
    n: 2,
    logprobs: { top: 3 },
    user: 'ada',
    includeUsage: true,
    extras: { min_p: 0.1 },
  });
});

const bounds: readonly (readonly [says: string, body: JsonObject, bound: number | undefined])[] = [
  ['who says nothing gets sixteen tokens', {}, 16],
  ['null says nothing', { max_tokens: null }, 16],
  ["engines' -1 is no bound", { max_tokens: -1 }, undefined],
  ['the newer name, as rules write it, is understood', { max_completion_tokens: 5 }, 5],
];

for (const [says, body, bound] of bounds) {
  test(`bound: ${says}`, () => assert.equal(decode({ prompt: 'x', ...body }).maxTokens, bound));
}

const refused: readonly (readonly [why: string, body: JsonObject, code: string, param: string])[] = [
  ['no prompt', {}, 'bad_request', 'prompt'],
  ['a prompt that is none', { prompt: { a: 1 } }, 'bad_request', 'prompt'],
  ['tokens', { prompt: [1, 2] }, 'unsupported', 'prompt'],
  ['tokens of several prompts', { prompt: [[1], [2]] }, 'unsupported', 'prompt'],
  ['several prompts', { prompt: ['a', 'b'] }, 'unsupported', 'prompt'],
  ['no prompts', { prompt: [] }, 'unsupported', 'prompt'],
  ['a suffix', { prompt: 'x', suffix: 'y' }, 'unsupported', 'suffix'],
  ['an echo', { prompt: 'x', echo: true }, 'unsupported', 'echo'],
  ['no answer', { prompt: 'x', max_tokens: 0 }, 'unsupported', 'max_tokens'],
  ["a chat's logprobs", { prompt: 'x', logprobs: true }, 'bad_request', 'logprobs'],
];

for (const [why, body, code, param] of refused) {
  test(`refused: ${why}`, () => {
    assert.throws(
      () => decode(body),
      (error) => error instanceof GatewayError && error.code === code && error.detail.param === param,
    );
  });
}

test('as a chat: one user message, and fields that only completions have are named', () => {
  const { body, losses } = encode(decode({ prompt: 'Once', best_of: 3, logprobs: 2 }), 'chat');
  assert.deepEqual(body, {
    model: 'up',
    messages: [{ role: 'user', content: 'Once' }],
    max_completion_tokens: 16,
    logprobs: true,
    top_logprobs: 2,
  });
  assert.deepEqual(losses, ['dropped best_of']);
});

const bare: CallContent = {
  origin: 'other',
  model: 'm',
  stream: true,
  system: [],
  messages: [{ role: 'user', blocks: [{ type: 'text', text: 'Once' }] }],
  tools: [],
  serverTools: [],
  includeUsage: false,
  extras: {},
};

test("another dialect's bare prompt as a completion", () => {
  const { body, losses } = encode({ ...bare, maxTokens: 7, logprobs: {}, extras: { odd: 1 } }, 'complete');
  assert.deepEqual(body, {
    model: 'up',
    prompt: 'Once',
    max_tokens: 7,
    logprobs: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  assert.deepEqual(losses, ['dropped odd']);
});

test('instructions stand before the prompt, and that is said', () => {
  const { body, losses } = encode({ ...bare, system: [{ type: 'text', text: 'Be brief.' }] }, 'complete');
  assert.equal(body.prompt, 'Be brief.\n\nOnce');
  assert.deepEqual(losses, ['approximated system']);
});

const tooMuch: readonly (readonly [string, Partial<CallContent>])[] = [
  ['tools', { tools: [{ name: 't', schema: {} }] }],
  ['a schema', { format: { type: 'json' } }],
  [
    'a picture',
    { messages: [{ role: 'user', blocks: [{ type: 'image', source: { kind: 'url', url: 'x' } }] }] },
  ],
  ['a conversation', { messages: [...bare.messages, ...bare.messages] }],
];

for (const [what, more] of tooMuch) {
  test(`${what} cannot be part of a completion`, () => {
    assert.throws(
      () => encode({ ...bare, ...more }, 'complete'),
      (error) => error instanceof GatewayError && error.code === 'unsupported',
    );
  });
}

const events: readonly ReplyEvent[] = [
  { type: 'start', id: 'cmpl-1', model: 'm', created: 7 },
  { type: 'open', index: 0, choice: 0, block: { type: 'reasoning' } },
  { type: 'delta', index: 0, text: 'Hm.' },
  { type: 'close', index: 0 },
  { type: 'open', index: 1, choice: 0, block: { type: 'text' } },
  { type: 'delta', index: 1, text: 'a "b"' },
  { type: 'delta', index: 1, text: ' c' },
  { type: 'close', index: 1 },
  { type: 'finish', choice: 0, reason: 'length' },
  { type: 'usage', usage: { ...noUsage, fresh: 2, output: 3 } },
  { type: 'end' },
];

function reply(stream: boolean, includeUsage: boolean, said = events) {
  const encoder = openaiChat.encoder({ ...encoderOptions, stream, includeUsage, operation: 'complete' });
  const text = said.map((event) => encoder.event(event)).join('');
  return { text, losses: encoder.ledger.entries.map(({ outcome, field }) => `${outcome} ${field}`) };
}

const head = '{"id":"cmpl-1","object":"text_completion","created":7,"model":"m"';

test('a stream, letter by letter', () => {
  const place = '"index":0,"logprobs":null,"finish_reason":';
  assert.deepEqual(reply(true, false), {
    text:
      `data: ${head},"choices":[{"text":"a \\"b\\"",${place}null}]}\n\n` +
      `data: ${head},"choices":[{"text":" c",${place}null}]}\n\n` +
      `data: ${head},"choices":[{"text":"",${place}"length"}]}\n\n` +
      'data: [DONE]\n\n',
    losses: ['dropped reasoning'],
  });
});

test('usage comes at the end of a stream that asked for it, and is null before', () => {
  const chunks = reply(true, true).text.trim().split('\n\n').slice(0, -1);
  const parsed = chunks.map((chunk) => JSON.parse(chunk.slice(6)));
  assert.deepEqual(
    parsed.map(({ usage }) => usage?.total_tokens ?? usage),
    [null, null, null, 5],
  );
  assert.deepEqual(parsed.at(-1).choices, []);
});

test("a body fits OpenAI's own description", (t) => {
  if (!existsSync(OPENAI)) return t.skip(`${OPENAI} missing`);
  const body = JSON.parse(reply(false, true).text) as unknown;
  assert.deepEqual(misfits(body, ref('CreateCompletionResponse'), readSchemas(OPENAI), 'body'), []);
});

test('a body, and what it reads like when it comes from an upstream', () => {
  const { text } = reply(false, false);
  const { usage, ...body } = JSON.parse(text);
  assert.equal(JSON.stringify(body).startsWith(head), true);
  assert.deepEqual(body.choices, [{ text: 'a "b" c', index: 0, logprobs: null, finish_reason: 'length' }]);
  assert.equal(usage.completion_tokens, 3);
  const expected = [
    'start cmpl-1 m',
    'open 0 0 text',
    'delta 0 a "b" c',
    'close 0',
    'finish 0 length',
    'usage 2+0+0 3(0)',
    'end',
  ];
  for (const stream of [false, true]) {
    const again: ReplyEvent[] = [];
    const decoder = openaiChat.decoder(stream, (event) => again.push(event), 'complete');
    decoder.push(Buffer.from(reply(stream, true).text));
    assert.deepEqual(outline(again), expected);
    assert.deepEqual(orderFaults(again), []);
  }
});

const told: readonly (readonly [says: string, last: ReplyEvent, finish: string])[] = [
  ['calls are no end here', { type: 'finish', choice: 0, reason: 'tools' }, 'stop'],
  ['filtered', { type: 'finish', choice: 0, reason: 'filter' }, 'content_filter'],
];

for (const [says, last, finish] of told) {
  test(`the end: ${says}`, () => {
    const { text } = reply(false, false, [events[0]!, last, { type: 'end' }]);
    assert.equal(JSON.parse(text).choices[0].finish_reason, finish);
  });
}

test('an id that is not of a completion becomes one; without any it is that of the call', () => {
  for (const [id, expected] of [
    ['msg_1', 'cmpl-msg_1'],
    ['', 'cmpl-call-1'],
  ] as const) {
    const { text } = reply(false, false, [{ type: 'start', id, model: 'm' }, ...events.slice(1)]);
    assert.equal(JSON.parse(text).id, expected);
  }
});

test('an error in a stream is the last thing in it', () => {
  const error = new GatewayError('upstream_fault', 'It broke.');
  const { text } = reply(true, true, [events[0]!, { type: 'error', error }, { type: 'end' }]);
  assert.match(text, /^data: \{"error":/);
  assert.doesNotMatch(text, /DONE/);
});

const chatLogprobs = {
  content: [
    { token: 'a', logprob: -1, bytes: null, top_logprobs: [{ token: 'b', logprob: -2, bytes: null }] },
    { token: 'bc', logprob: -3, bytes: null, top_logprobs: [] },
  ],
  refusal: null,
};
const lists = {
  tokens: ['a', 'bc'],
  token_logprobs: [-1, -3],
  top_logprobs: [{ b: -2 }, {}],
  text_offset: [0, 1],
};

test('log probabilities, both ways', () => {
  assert.deepEqual(asChatLogprobs(lists), chatLogprobs);
  assert.deepEqual(asCompletionLogprobs(chatLogprobs, 0), { value: lists, offset: 3 });
  assert.equal(asChatLogprobs(chatLogprobs as Json), chatLogprobs);
});

test('log probabilities stand with the text they speak of, and count on from one chunk to the next', () => {
  const one = (token: string): Json => ({ content: [{ token, logprob: -1 }] });
  const { text } = reply(true, false, [
    events[0]!,
    { type: 'open', index: 0, choice: 0, block: { type: 'text' } },
    { type: 'logprobs', choice: 0, value: one('ab') },
    { type: 'delta', index: 0, text: 'ab' },
    { type: 'logprobs', choice: 0, value: one('c') },
    { type: 'delta', index: 0, text: 'c' },
    ...events.slice(7),
  ]);
  const offsets = [...text.matchAll(/"text":"(\w*)".*?"text_offset":\[(\d)\]/g)].map(([, said, at]) => [
    said,
    at,
  ]);
  assert.deepEqual(offsets, [
    ['ab', '0'],
    ['c', '2'],
  ]);
});

function wire(body: object): CallWire {
  const bytes = Buffer.from(JSON.stringify(body));
  return new CallWire(openaiChat, 'complete', bytes, scanObject(bytes, 64));
}

test('same dialect: passed on whatever an upstream refuses in chats, with the bound by its old name', () => {
  const call = wire({ prompt: '"developer" "image_url":"http', tool_choice: 'x', response_format: {} });
  assert.equal(openaiChat.fits(call, { developerRole: false, toolChoice: 'none', schemaStyle: 'tgi' }), true);
  assert.deepEqual(
    openaiChat.upstreamEdits(wire({ max_completion_tokens: 5 }), { maxTokensField: 'max_completion_tokens' }),
    [{ name: 'max_tokens', value: '5', inPlaceOf: 'max_completion_tokens' }],
  );
  assert.deepEqual(
    openaiChat.upstreamEdits(wire({ max_tokens: 5 }), { maxTokensField: 'max_completion_tokens' }),
    [],
  );
});

const plural: readonly (readonly [why: string, prompt: Json, own: boolean])[] = [
  ['several prompts', ['a', 'b'], true],
  ['one', 'a', false],
  ['one in a list', ['a'], false],
  ['tokens', [1, 2], false],
  ['nothing', null, false],
];

for (const [why, prompt, own] of plural) {
  test(`same dialect: ${why} ${own ? 'can' : 'need not'} only be told in it`, () => {
    assert.equal(openaiChat.isOwn?.(wire({ prompt })), own);
  });
}
