import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { block, orderFaults, outline } from '../../../test/testkit/reply-events.ts';
import { completed, created, decodeBody, decodeStream, frame, stream } from './replay.ts';

const message = { type: 'message', id: 'msg_1', role: 'assistant', status: 'in_progress', content: [] };
const call = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'look',
  arguments: '',
  status: 'in_progress',
};
const at = (output_index: number, item_id = 'msg_1', content_index = 0) => ({
  item_id,
  output_index,
  content_index,
});
const added = (item: object, output_index = 0) => ({
  type: 'response.output_item.added',
  output_index,
  item,
});
const done = (item: object, output_index = 0) => ({ type: 'response.output_item.done', output_index, item });
const say = (delta: string, place: object = at(0)) => ({
  type: 'response.output_text.delta',
  ...place,
  delta,
});
const textPart = (text: string, more: object = {}) => ({
  type: 'output_text',
  text,
  annotations: [],
  ...more,
});
const whole = (text: string) => ({ ...message, status: 'completed', content: [textPart(text)] });
const args = (delta: string, item_id = 'fc_1', output_index = 0) => ({
  type: 'response.function_call_arguments.delta',
  item_id,
  output_index,
  delta,
});
const START = 'start resp_1 m';
const END = ['usage 10+0+0 5(0)', 'end'];

const rows: readonly [string, string, readonly string[]][] = [
  [
    'a text comes out as one block',
    stream(added(message), say('Hel'), say('lo'), done(whole('Hello')), completed([whole('Hello')])),
    [START, ...block(0, 'text', 'Hello'), 'finish 0 stop', ...END],
  ],
  [
    'litellm#22102: a text delta before its item is not lost',
    stream(say('Hel'), say('lo'), added(message), done(whole('Hello')), completed([whole('Hello')])),
    [START, ...block(0, 'text', 'Hello'), 'finish 0 stop', ...END],
  ],
  [
    'openclaude#1259: arguments that come with the end only are not {}',
    stream(
      added(call),
      {
        type: 'response.function_call_arguments.done',
        item_id: 'fc_1',
        output_index: 0,
        arguments: '{"a":1}',
      },
      done({ ...call, arguments: '{"a":1}' }),
      completed([{ ...call, arguments: '{"a":1}' }]),
    ),
    [START, ...block(0, 'tool call_1 look', '{"a":1}'), 'finish 0 tools', ...END],
  ],
  [
    'arguments that only the done item has',
    stream(added(call), done({ ...call, arguments: '{"a":1}' }), completed()),
    [START, ...block(0, 'tool call_1 look', '{"a":1}'), 'finish 0 tools', ...END],
  ],
  [
    'vllm#32152: a final brace that the deltas lack comes with the done event',
    stream(added(call), args('{"a":1'), done({ ...call, arguments: '{"a":1}' }), completed()),
    [START, ...block(0, 'tool call_1 look', '{"a":1}'), 'finish 0 tools', ...END],
  ],
  [
    'vllm#44098: a name said again is not appended, and the call said again is no second one',
    stream(
      added(call),
      args('{}'),
      done({ ...call, arguments: '{}' }),
      done({ ...call, arguments: '{}' }),
      completed([{ ...call, arguments: '{}' }]),
    ),
    [START, ...block(0, 'tool call_1 look', '{}'), 'finish 0 tools', ...END],
  ],
  [
    'arguments as an object',
    stream(added(call), done({ ...call, arguments: { a: 1 } }), completed()),
    [START, ...block(0, 'tool call_1 look', '{"a":1}'), 'finish 0 tools', ...END],
  ],
  [
    'a call whose item comes with its end only, its arguments before',
    stream(args('{"a":'), args('1}'), done({ ...call, arguments: '{"a":1}' }), completed()),
    [START, ...block(0, 'tool call_1 look', '{"a":1}'), 'finish 0 tools', ...END],
  ],
  [
    'parallel calls whose deltas mix stay two calls, one after the other',
    stream(
      added(call),
      added({ ...call, id: 'fc_2', call_id: 'call_2', name: 'see' }, 1),
      args('{"a":'),
      args('{}', 'fc_2', 1),
      args('1}'),
      done({ ...call, arguments: '{"a":1}' }),
      done({ ...call, id: 'fc_2', call_id: 'call_2', name: 'see', arguments: '{}' }, 1),
      completed(),
    ),
    [
      START,
      ...block(0, 'tool call_1 look', '{"a":1}'),
      ...block(1, 'tool call_2 see', '{}'),
      'finish 0 tools',
      ...END,
    ],
  ],
  [
    'copilot: ids that change with every event belong to one item all the same',
    stream(
      added({ ...message, id: 'a' }),
      say('Hel', at(0, 'b')),
      say('lo', at(0, 'c')),
      done({ ...whole('Hello'), id: 'd' }),
      completed([{ ...whole('Hello'), id: 'e' }]),
    ),
    [START, ...block(0, 'text', 'Hello'), 'finish 0 stop', ...END],
  ],
  [
    'positions that are always 0 do not mix items with ids of their own',
    stream(
      added(message),
      say('Hi.'),
      done(whole('Hi.')),
      added(call),
      args('{}'),
      done({ ...call, arguments: '{}' }),
      completed([whole('Hi.'), { ...call, arguments: '{}' }]),
    ),
    [START, ...block(0, 'text', 'Hi.'), ...block(1, 'tool call_1 look', '{}'), 'finish 0 tools', ...END],
  ],
  [
    'a refusal that came without any delta',
    stream(done({ ...message, content: [{ type: 'refusal', refusal: 'No.' }] }), completed()),
    [START, ...block(0, 'refusal', 'No.'), 'finish 0 refusal', ...END],
  ],
  [
    'a call that only the final response tells of, whatever its place there',
    stream(
      done({ type: 'reasoning', id: 'rs_1', summary: [] }),
      added(message, 1),
      say('Hi.', at(1)),
      done(whole('Hi.'), 1),
      completed([{ ...call, arguments: '{}' }, whole('Hi.')]),
    ),
    [START, ...block(0, 'text', 'Hi.'), ...block(1, 'tool call_1 look', '{}'), 'finish 0 tools', ...END],
  ],
  [
    'a call that was begun, and whose rest only the final response tells',
    stream(added(call), args('{"a":'), completed([{ ...call, arguments: '{"a":1}' }])),
    [START, ...block(0, 'tool call_1 look', '{"a":1}'), 'finish 0 tools', ...END],
  ],
  [
    'what was told on the way counts, whatever the done event says',
    stream(added(call), args('{"a":1}'), done({ ...call, arguments: '{ "a": 1 }' }), completed()),
    [START, ...block(0, 'tool call_1 look', '{"a":1}'), 'finish 0 tools', ...END],
  ],
  [
    'engines that give no positions',
    [
      created,
      { type: 'response.output_item.added', item: message },
      { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hi.' },
      { type: 'response.output_item.done', item: whole('Hi.') },
      { type: 'response.output_item.added', item: call },
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', delta: '{}' },
      { type: 'response.output_item.done', item: { ...call, arguments: '{}' } },
      completed(),
    ]
      .map((event) => frame(event, false))
      .join(''),
    [START, ...block(0, 'text', 'Hi.'), ...block(1, 'tool call_1 look', '{}'), 'finish 0 tools', ...END],
  ],
  [
    'a text that came without any delta',
    stream(added(message), done(whole('Hello')), completed([whole('Hello')])),
    [START, ...block(0, 'text', 'Hello'), 'finish 0 stop', ...END],
  ],
  [
    'an upstream that streams nothing but the end',
    stream(completed([whole('Hello'), { ...call, arguments: '{}' }])),
    [START, ...block(0, 'text', 'Hello'), ...block(1, 'tool call_1 look', '{}'), 'finish 0 tools', ...END],
  ],
  [
    'llm-rosetta#56: a completed response without output, id and usage takes nothing back',
    stream(added(message), say('Hi.'), { type: 'response.completed', response: { status: 'completed' } }),
    [START, ...block(0, 'text', 'Hi.'), 'finish 0 stop', 'end'],
  ],
  [
    'summaries of reasoning: parts with a blank line between them, and the seal at the end',
    stream(
      added({ type: 'reasoning', id: 'rs_1', summary: [] }),
      { type: 'response.reasoning_summary_part.added', item_id: 'rs_1', output_index: 0, summary_index: 0 },
      {
        type: 'response.reasoning_summary_text.delta',
        item_id: 'rs_1',
        output_index: 0,
        summary_index: 0,
        delta: 'One.',
      },
      {
        type: 'response.reasoning_summary_text.delta',
        item_id: 'rs_1',
        output_index: 0,
        summary_index: 1,
        delta: 'Two.',
      },
      done({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }),
      added(message, 1),
      say('Hi.', at(1)),
      completed(),
    ),
    [
      START,
      'open 0 0 reasoning',
      'delta 0 One.\n\nTwo.',
      'seal 0 openai:gAAA',
      'close 0',
      ...block(1, 'text', 'Hi.'),
      'finish 0 stop',
      ...END,
    ],
  ],
  [
    'thoughts themselves and a summary of them: the first that comes is told, once',
    stream(
      {
        type: 'response.reasoning_text.delta',
        item_id: 'rs_1',
        output_index: 0,
        content_index: 0,
        delta: 'Hm.',
      },
      {
        type: 'response.reasoning_summary_text.delta',
        item_id: 'rs_1',
        output_index: 0,
        summary_index: 0,
        delta: 'So.',
      },
      done({ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'So.' }] }),
      completed(),
    ),
    [START, ...block(0, 'reasoning', 'Hm.'), 'finish 0 stop', ...END],
  ],
  [
    'reasoning that is sealed and nothing else',
    stream(done({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }), completed()),
    [START, ...block(0, 'redacted gAAA'), 'finish 0 stop', ...END],
  ],
  [
    'reasoning that says nothing at all',
    stream(
      added({ type: 'reasoning', id: 'rs_1' }),
      done({ type: 'reasoning', id: 'rs_1', summary: [] }),
      completed(),
    ),
    [START, 'finish 0 stop', ...END],
  ],
  [
    'a free-text call',
    stream(
      added({ type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'patch', input: '' }),
      { type: 'response.custom_tool_call_input.delta', item_id: 'ctc_1', output_index: 0, delta: '*** Be' },
      { type: 'response.custom_tool_call_input.delta', item_id: 'ctc_1', output_index: 0, delta: 'gin' },
      done({ type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'patch', input: '*** Begin' }),
      completed(),
    ),
    [START, ...block(0, 'custom call_1 patch', '*** Begin'), 'finish 0 tools', ...END],
  ],
  [
    'copilot-api#242: a free-text tool that went as a function is unwrapped',
    stream(
      added({ ...call, name: 'patch__freetext' }),
      args('{"inp'),
      args('ut":"a\\nb"}'),
      done({ ...call, name: 'patch__freetext', arguments: '{"input":"a\\nb"}' }),
      completed(),
    ),
    [START, ...block(0, 'custom call_1 patch', 'a\nb'), 'finish 0 tools', ...END],
  ],
  [
    'a tool in a namespace has its flat name',
    stream(done({ ...call, namespace: 'mcp__files', name: 'read', arguments: '{}' }), completed()),
    [START, ...block(0, 'tool call_1 mcp__files__read', '{}'), 'finish 0 tools', ...END],
  ],
  [
    'a refusal',
    stream(
      added(message),
      { type: 'response.refusal.delta', ...at(0), delta: 'No.' },
      { type: 'response.refusal.done', ...at(0), refusal: 'No.' },
      completed(),
    ),
    [START, ...block(0, 'refusal', 'No.'), 'finish 0 refusal', ...END],
  ],
  [
    'vllm#53269: an answer cut short within a call is cut short',
    stream(
      added(call),
      args('{"a'),
      completed([], { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
    ),
    [START, ...block(0, 'tool call_1 look', '{"a'), 'finish 0 length', ...END],
  ],
  [
    'a filter',
    stream(completed([], { status: 'incomplete', incomplete_details: { reason: 'content_filter' } })),
    [START, 'finish 0 filter', ...END],
  ],
  [
    'incomplete for no stated reason',
    stream(completed([], { status: 'incomplete' })),
    [START, 'finish 0 length', ...END],
  ],
  [
    'citations, told on the way or with the done part only',
    stream(
      added(message),
      say('Hi.'),
      {
        type: 'response.output_text.annotation.added',
        ...at(0),
        annotation_index: 0,
        annotation: { type: 'url_citation', url: 'a' },
      },
      done({
        ...message,
        content: [
          textPart('Hi.', { annotations: [{ type: 'url_citation', url: 'a' }, { type: 'file_citation' }] }),
        ],
      }),
      completed(),
    ),
    [
      START,
      'open 0 0 text',
      'delta 0 Hi.',
      'annotate 0 {"type":"url_citation","url":"a"}',
      'annotate 0 {"type":"file_citation"}',
      'close 0',
      'finish 0 stop',
      ...END,
    ],
  ],
  [
    'log probabilities go before the delta they speak of',
    stream(added(message), { ...say('Hi'), logprobs: [{ token: 'Hi', logprob: -1 }] }, completed()),
    [START, 'logprobs 0 [{"token":"Hi","logprob":-1}]', ...block(0, 'text', 'Hi'), 'finish 0 stop', ...END],
  ],
  [
    'items of tools that the vendor runs stay what they are, and their events tell nothing more',
    stream(
      added({ type: 'web_search_call', id: 'ws_1', status: 'in_progress' }),
      { type: 'response.web_search_call.searching', item_id: 'ws_1', output_index: 0 },
      { type: 'response.of_tomorrow', item_id: 'ws_1', output_index: 0 },
      done({ type: 'web_search_call', id: 'ws_1', status: 'completed' }),
      completed(),
    ),
    [
      START,
      ...block(0, 'raw {"type":"web_search_call","id":"ws_1","status":"completed"}'),
      'finish 0 stop',
      ...END,
    ],
  ],
  [
    'signs of life',
    stream({ type: 'keepalive' }, added(message), say('Hi'), { type: 'keepalive' }, completed()),
    [START, 'ping', 'open 0 0 text', 'delta 0 Hi', 'ping', 'close 0', 'finish 0 stop', ...END],
  ],
  [
    'text with everything that JSON escapes',
    stream(added(message), say('"\\\n\u2028ü👋'), completed()),
    [START, ...block(0, 'text', '"\\\n\u2028ü👋'), 'finish 0 stop', ...END],
  ],
  [
    'an error event, flat as OpenAI sends it',
    stream(added(message), say('Hi'), {
      type: 'error',
      code: 'rate_limit_exceeded',
      message: 'Slow down.',
      param: null,
    }),
    [START, 'open 0 0 text', 'delta 0 Hi', 'error upstream_rate_limited'],
  ],
  [
    'an error event with the error inside',
    stream({
      type: 'error',
      error: { type: 'invalid_request_error', code: 'context_length_exceeded', message: 'Long.' },
    }),
    [START, 'error context_too_long'],
  ],
  [
    'a response that failed',
    stream({
      type: 'response.failed',
      response: { id: 'resp_1', status: 'failed', error: { code: 'server_error', message: 'Oops.' } },
    }),
    [START, 'error upstream_fault'],
  ],
  [
    'a response that failed and says no more',
    stream({ type: 'response.failed', response: { status: 'failed' } }),
    [START, 'error upstream_fault'],
  ],
  ['an event that is no JSON', `${frame(created)}data: {"type\n\n`, [START, 'error upstream_garbled']],
  [
    "Chat's end marker after the end",
    `${stream(added(message), say('Hi'), completed())}data: [DONE]\n\n`,
    [START, ...block(0, 'text', 'Hi'), 'finish 0 stop', ...END],
  ],
];

describe('streams', () => {
  for (const [sentence, text, expected] of rows) {
    it(sentence, () => {
      const events = decodeStream(text);
      assert.deepEqual(outline(events), expected);
      if (expected.at(-1) === 'end') assert.deepEqual(orderFaults(events), []);
    });
  }

  it('are read alike however their keys are ordered', () => {
    const odd = stream(
      added(message),
      { delta: 'Hi', ...at(0), type: 'response.output_text.delta' },
      completed(),
    );
    const usual = stream(added(message), say('Hi'), completed());
    assert.deepEqual(decodeStream(odd), decodeStream(usual));
  });
});

const bodyRows: readonly [string, object, readonly string[]][] = [
  [
    'a whole reply',
    { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [whole('Hi.')] },
    [START, ...block(0, 'text', 'Hi.'), 'finish 0 stop', 'end'],
  ],
  [
    'no output at all is an answer without words',
    { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [] },
    [START, 'finish 0 stop', 'end'],
  ],
  [
    'one that failed',
    { object: 'response', status: 'failed', error: { code: 'server_error', message: 'x' } },
    ['error upstream_fault'],
  ],
  [
    'one that is not done',
    { object: 'response', status: 'in_progress', output: [] },
    ['error upstream_garbled'],
  ],
  [
    'one that was cancelled',
    { object: 'response', status: 'cancelled', output: [] },
    ['error upstream_fault'],
  ],
  ['something else', { object: 'chat.completion', choices: [] }, ['error upstream_garbled']],
  [
    'an error',
    { error: { message: 'No such model.', code: 'model_not_found' } },
    ['error upstream_model_missing'],
  ],
];

describe('bodies', () => {
  for (const [sentence, body, expected] of bodyRows) {
    it(sentence, () => assert.deepEqual(outline(decodeBody(JSON.stringify(body))), expected));
  }
});

it('bifrost#2786: every piece of arguments goes on at once', () => {
  const pieces = ['{"a"', ':', '1', '}'];
  const opening = stream(added(call));
  const before = decodeStream(opening).length;
  const events = decodeStream(opening, ...pieces.map((piece) => frame(args(piece))));
  assert.deepEqual(
    events.slice(before).map((event) => (event.type === 'delta' ? event.text : event.type)),
    pieces,
  );
});
