// What the simulator says, in both dialects, whole and streamed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import { chatStream, chatWhole, type Folded, messagesStream, messagesWhole } from './folded.ts';
import { countPieces } from './pieces.ts';
import { Rehearsal } from './rehearsal.ts';

const weather = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    unit: { enum: ['celsius', 'fahrenheit'] },
    days: { type: 'integer', minimum: 1 },
  },
  required: ['city', 'unit'],
};
const clockSchema = { type: 'object', properties: {} };
const chatTools = [
  { type: 'function', function: { name: 'get_weather', parameters: weather } },
  { type: 'function', function: { name: 'get_time', parameters: clockSchema } },
];
const messageTools = [
  { name: 'get_weather', input_schema: weather },
  { name: 'get_time', input_schema: clockSchema },
  { type: 'web_search_20260209', name: 'web_search' },
];
const WEATHER = '{"city":"simulated","unit":"celsius"}';

function ask(text: string): JsonObject {
  return { messages: [{ role: 'user', content: text }] };
}

/** Ids are per call: two calls differ in nothing else. */
function meaning(folded: Folded): object {
  return { ...folded, calls: folded.calls.map(({ name, input }) => ({ name, input })) };
}

async function chatBoth(body: JsonObject): Promise<Folded> {
  const whole = await new Rehearsal().chat(body);
  const streamed = await new Rehearsal().chat({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  });
  assert.deepEqual([whole.end, streamed.end], [{ ok: true }, { ok: true }]);
  assert.deepEqual(meaning(chatStream(streamed.text)), meaning(chatWhole(whole.text)));
  return chatWhole(whole.text);
}

async function messagesBoth(body: JsonObject): Promise<Folded> {
  const whole = await new Rehearsal().messages(body);
  const streamed = await new Rehearsal().messages({ ...body, stream: true });
  assert.deepEqual([whole.end, streamed.end], [{ ok: true }, { ok: true }]);
  assert.deepEqual(meaning(messagesStream(streamed.text)), meaning(messagesWhole(whole.text)));
  return messagesWhole(whole.text);
}

function outputOf(folded: Folded): number {
  const usage = folded.usage as { completion_tokens?: number; output_tokens?: number };
  return usage.completion_tokens ?? usage.output_tokens ?? -1;
}

interface Row {
  readonly sentence: string;
  readonly chat: JsonObject;
  readonly messages: JsonObject;
  readonly text: RegExp;
  readonly finish: readonly [string, string];
  readonly calls?: readonly { readonly name: string; readonly input: string }[];
  readonly reasoning?: RegExp;
}

const STOP = ['stop', 'end_turn'] as const;
const CALLS = ['tool_calls', 'tool_use'] as const;

function same(body: JsonObject): Pick<Row, 'chat' | 'messages'> {
  return { chat: body, messages: body };
}

const rows: readonly Row[] = [
  {
    sentence: 'prose stands under the label',
    ...same(ask('hello')),
    text: /^\[simulated by sim\/fast\] [A-Z].*\.$/,
    finish: STOP,
  },
  {
    sentence: 'images are counted',
    chat: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image_url', image_url: { url: 'data:,' } },
            { type: 'image_url', image_url: { url: 'data:,' } },
          ],
        },
      ],
    },
    messages: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image', source: { type: 'url', url: 'x' } },
            { type: 'image', source: { type: 'url', url: 'x' } },
          ],
        },
      ],
    },
    text: /I was shown 2 images\./,
    finish: STOP,
  },
  {
    sentence: 'a tool named in the question is called, with words before the call',
    chat: { ...ask('Use get_weather for me.'), tools: chatTools },
    messages: { ...ask('Use get_weather for me.'), tools: messageTools },
    text: /^\[simulated by sim\/fast\] I will call get_weather\.$/,
    finish: CALLS,
    calls: [{ name: 'get_weather', input: WEATHER }],
  },
  {
    sentence: 'two tools named are two calls, in the order of naming',
    chat: { ...ask('get_time, then get_weather'), tools: chatTools },
    messages: { ...ask('get_time, then get_weather'), tools: messageTools },
    text: /I will call get_time and get_weather\./,
    finish: CALLS,
    calls: [
      { name: 'get_time', input: '{}' },
      { name: 'get_weather', input: WEATHER },
    ],
  },
  {
    sentence: 'no parallel calls when the caller forbids them',
    chat: { ...ask('get_time, then get_weather'), tools: chatTools, parallel_tool_calls: false },
    messages: {
      ...ask('get_time, then get_weather'),
      tools: messageTools,
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    },
    text: /I will call get_time\.$/,
    finish: CALLS,
    calls: [{ name: 'get_time', input: '{}' }],
  },
  {
    sentence: 'a forced tool is called without words',
    chat: {
      ...ask('hello'),
      tools: chatTools,
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    },
    messages: { ...ask('hello'), tools: messageTools, tool_choice: { type: 'tool', name: 'get_weather' } },
    text: /^$/,
    finish: CALLS,
    calls: [{ name: 'get_weather', input: WEATHER }],
  },
  {
    sentence: 'some tool must be called: the first one is',
    chat: { ...ask('hello'), tools: chatTools, tool_choice: 'required' },
    messages: { ...ask('hello'), tools: messageTools, tool_choice: { type: 'any' } },
    text: /^$/,
    finish: CALLS,
    calls: [{ name: 'get_weather', input: WEATHER }],
  },
  {
    sentence: 'no tool is called when the choice is none',
    chat: { ...ask('get_time'), tools: chatTools, tool_choice: 'none' },
    messages: { ...ask('get_time'), tools: messageTools, tool_choice: { type: 'none' } },
    text: /^\[simulated by sim\/fast\] [A-Z]/,
    finish: STOP,
  },
  {
    sentence: 'half a name is no name',
    chat: { ...ask('my_get_time and get_time_zone'), tools: chatTools },
    messages: { ...ask('my_get_time and get_time_zone'), tools: messageTools },
    text: /^\[simulated by sim\/fast\] [A-Z]/,
    finish: STOP,
  },
  {
    sentence: 'results are quoted and no tool is called again',
    chat: {
      messages: [
        { role: 'user', content: 'get_time and get_weather' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'get_time', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: 'noon' },
        { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'rain' }] },
      ],
      tools: chatTools,
    },
    messages: {
      messages: [
        { role: 'user', content: 'get_time and get_weather' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'get_time', input: {} }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: 'noon' },
            { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'rain' }] },
          ],
        },
      ],
      tools: messageTools,
    },
    text: /The tools answered: "noon" and "rain"\./,
    finish: STOP,
  },
  {
    sentence: 'results that were answered long ago are not quoted again',
    chat: {
      messages: [
        { role: 'tool', tool_call_id: 'a', content: 'noon' },
        { role: 'assistant', content: 'It is noon.' },
        { role: 'user', content: 'thanks' },
      ],
    },
    messages: {
      messages: [
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'noon' }] },
        { role: 'assistant', content: 'It is noon.' },
        { role: 'user', content: 'thanks' },
      ],
    },
    text: /^(?!.*answered).*$/,
    finish: STOP,
  },
  {
    sentence: 'a schema gets its smallest instance and nothing else',
    chat: {
      ...ask('x'),
      response_format: { type: 'json_schema', json_schema: { name: 'w', schema: weather } },
    },
    messages: { ...ask('x'), output_config: { format: { type: 'json_schema', schema: weather } } },
    text: /^\{"city":"simulated","unit":"celsius"\}$/,
    finish: STOP,
  },
  {
    sentence: 'reasoning on request comes first and under the label',
    chat: { ...ask('x'), reasoning_effort: 'high' },
    messages: { ...ask('x'), thinking: { type: 'enabled', budget_tokens: 1024 } },
    text: /^\[simulated by sim\/fast\] [A-Z]/,
    finish: STOP,
    reasoning: /^\[simulated by sim\/fast\] [A-Z]/,
  },
  {
    sentence: 'reasoning before a call',
    chat: { ...ask('get_time'), reasoning_effort: 'low', tools: chatTools },
    messages: { ...ask('get_time'), thinking: { type: 'adaptive' }, tools: messageTools },
    text: /I will call get_time\./,
    finish: CALLS,
    calls: [{ name: 'get_time', input: '{}' }],
    reasoning: /./,
  },
  {
    sentence: 'a stop string ends the words before it',
    chat: { ...ask('x'), stop: ['nowhere', ' by ', '/'] },
    messages: { ...ask('x'), stop_sequences: ['nowhere', ' by ', '/'] },
    text: /^\[simulated$/,
    finish: ['stop', 'stop_sequence'],
  },
  {
    sentence: 'a stop string met before a call prevents it',
    chat: { ...ask('get_time'), stop: ' call ', tools: chatTools },
    messages: { ...ask('get_time'), stop_sequences: [' call '], tools: messageTools },
    text: /I will$/,
    finish: ['stop', 'stop_sequence'],
  },
  {
    sentence: 'the bound on tokens cuts the words',
    chat: { ...ask('x'), max_completion_tokens: 3 },
    messages: { ...ask('x'), max_tokens: 3 },
    text: /^\[simulate?d?$/,
    finish: ['length', 'max_tokens'],
  },
  {
    sentence: 'a call that does not fit is not begun',
    chat: { ...ask('get_weather'), max_tokens: 16, tools: chatTools },
    messages: { ...ask('get_weather'), max_tokens: 16, tools: messageTools },
    text: /I will call get_weather\.$/,
    finish: ['length', 'max_tokens'],
  },
  {
    sentence: 'a wanted length is met exactly',
    ...same(ask('[[tokens:57]]')),
    text: /^\[simulated/,
    finish: STOP,
  },
];

for (const row of rows) {
  test(`sim: ${row.sentence}`, async () => {
    const replies = [await chatBoth(row.chat), await messagesBoth(row.messages)];
    replies.forEach((folded, i) => {
      assert.match(folded.text, row.text);
      assert.equal(folded.finish, row.finish[i]);
      assert.deepEqual(
        folded.calls.map(({ name, input }) => ({ name, input })),
        row.calls ?? [],
      );
      assert.match(folded.reasoning, row.reasoning ?? /^$/);
      const said = [folded.text, folded.reasoning, ...folded.calls.map((call) => call.input)];
      assert.equal(
        outputOf(folded),
        said.reduce((sum, text) => sum + countPieces(text), 0),
      );
    });
  });
}

test('sim: reasoning off is off', async () => {
  assert.equal((await chatBoth({ ...ask('x'), reasoning_effort: 'none' })).reasoning, '');
  assert.equal((await messagesBoth({ ...ask('x'), thinking: { type: 'disabled' } })).reasoning, '');
});

test('sim: thinking is signed and kept within its budget', async () => {
  const folded = await messagesBoth({ ...ask('x'), thinking: { type: 'enabled', budget_tokens: 4 } });
  assert.equal(countPieces(folded.reasoning), 4);
  assert.ok(Buffer.from(folded.signature, 'base64').toString().startsWith('sim:'));
});

test('sim: the matched stop string is named', async () => {
  assert.equal((await messagesBoth({ ...ask('x'), stop_sequences: [' by '] })).sequence, ' by ');
});

test('sim: a wanted length is the length', async () => {
  assert.equal(outputOf(await chatBoth(ask('[[tokens:57]]'))), 57);
});

test('sim: the same question gets the same words, another one others', async () => {
  const [a, b, c] = [await chatBoth(ask('x')), await chatBoth(ask('x')), await chatBoth(ask('y'))];
  assert.equal(a.text, b.text);
  assert.notEqual(a.text, c.text);
});

test('sim: n choices differ, are streamed side by side and all counted', async () => {
  const body = { ...ask('x'), n: 3 };
  const whole = await new Rehearsal().chat(body);
  const streamed = await new Rehearsal().chat({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  });
  const choices = [0, 1, 2].map((choice) => chatWhole(whole.text, choice));
  assert.equal(new Set(choices.map((choice) => choice.text)).size, 3);
  assert.deepEqual(
    [0, 1, 2].map((choice) => chatStream(streamed.text, choice)),
    choices,
  );
  assert.equal(
    outputOf(choices[0]!),
    choices.reduce((sum, choice) => sum + countPieces(choice.text), 0),
  );
  const order = streamed.pieces.slice(0, 4).map((piece) => JSON.parse(piece.text.slice(6)).choices[0].index);
  assert.deepEqual(order, [0, 1, 2, 0]);
});

test('sim: usage is streamed only to those who ask', async () => {
  const plain = await new Rehearsal().chat({ ...ask('x'), stream: true });
  assert.doesNotMatch(plain.text, /usage/);
});

test('sim: prompt tokens are counted from the words, and count_tokens agrees', async () => {
  const body = { ...ask('one two three'), system: 'four' };
  const folded = await messagesBoth(body);
  const { input_tokens } = folded.usage as { input_tokens: number };
  assert.equal(input_tokens, 3 + 4);
  const rehearsal = new Rehearsal();
  const count = rehearsal.call('/v1/messages/count_tokens?beta=true', { model: 'fast', ...body });
  await rehearsal.clock.pass(1000);
  assert.equal(count.text, '{"input_tokens":7}');
});

test('sim: ids differ from call to call', async () => {
  const rehearsal = new Rehearsal();
  const tools = { ...ask('get_time'), tools: chatTools };
  const ids = [await rehearsal.chat(tools), await rehearsal.chat(tools)].map(
    (reply) => chatWhole(reply.text).calls[0]?.id,
  );
  assert.notEqual(ids[0], ids[1]);
  for (const id of ids) assert.match(id!, /^[a-zA-Z0-9_-]{1,64}$/);
});

const refusals: readonly [string, string, unknown, number, RegExp, RegExp][] = [
  ['broken JSON', 'POST', '{', 400, /invalid_request_error/, /invalid_request_error/],
  [
    'no messages',
    'POST',
    { model: 'fast', max_tokens: 1 },
    400,
    /"param":"messages"/,
    /invalid_request_error/,
  ],
  [
    'an unknown model',
    'POST',
    { model: 'gone', max_tokens: 1, ...ask('x') },
    404,
    /"code":"model_not_found"/,
    /not_found_error/,
  ],
  [
    'a bound below one',
    'POST',
    { model: 'fast', max_tokens: 0, ...ask('x') },
    400,
    /"param":"max_tokens"/,
    /max_tokens must be/,
  ],
  [
    'a bound beyond the window',
    'POST',
    { model: 'fast', max_tokens: 99_999, ...ask('x') },
    400,
    /"code":"context_length_exceeded"/,
    /"input length and `max_tokens` exceed context limit: 4 \+ 99999 > 32768/,
  ],
  [
    'a prompt beyond the window',
    'POST',
    { model: 'fast', max_tokens: 1, ...ask('a '.repeat(40_000)) },
    400,
    /context_length_exceeded/,
    /"prompt is too long: 40004 tokens > 32768 maximum"/,
  ],
  ['a wrong method', 'GET', {}, 404, /invalid_request_error/, /not_found_error/],
];

for (const [what, method, body, status, chat, messages] of refusals) {
  test(`sim: ${what} is refused in the caller's dialect`, async () => {
    for (const [path, expected] of [
      ['/v1/chat/completions', chat],
      ['/v1/messages', messages],
    ] as const) {
      const rehearsal = new Rehearsal();
      const heard = rehearsal.call(path, body as JsonObject, { method: method as 'POST' });
      await rehearsal.clock.pass(0);
      assert.deepEqual(heard.end, { ok: true });
      assert.equal(heard.answer?.status, status);
      assert.match(heard.text, expected);
      assert.equal(JSON.parse(heard.text).type, path === '/v1/messages' ? 'error' : undefined);
    }
  });
}

test('sim: Anthropic wants max_tokens, and only for answers', async () => {
  const rehearsal = new Rehearsal();
  const heard = rehearsal.call('/v1/messages', { model: 'fast', ...ask('x') });
  await rehearsal.clock.pass(0);
  assert.match(heard.text, /max_tokens is required/);
});

test('sim: tools that the vendor would run are not called', async () => {
  const folded = await messagesBoth({ ...ask('use web_search'), tools: messageTools });
  assert.deepEqual(folded.calls, []);
});

test('sim: a turn of tool results only leaves the question standing', async () => {
  const folded = await messagesBoth({
    messages: [
      { role: 'user', content: '[[tokens:9]]' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'get_time', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'noon' }] },
    ],
  });
  assert.equal(outputOf(folded), 9);
});

test('sim: what does not fit the window can still be counted', async () => {
  const rehearsal = new Rehearsal();
  const body = { model: 'fast', ...ask('a '.repeat(40_000)) };
  const count = rehearsal.call('/v1/messages/count_tokens', body);
  await rehearsal.clock.pass(1000);
  assert.equal(count.text, '{"input_tokens":40004}');
});
