import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import {
  callDelta,
  callEnd,
  callStart,
  decode,
  end,
  event,
  outline,
  part,
  plan,
  START,
  text,
  thought,
  usage,
} from './replay.ts';

const TEXT = 'open 0 {"type":"text"}';
const tool = (index: number, id: string, name: string) =>
  `open ${index} {"type":"tool_call","id":"${id}","name":"${name}"}`;
const ending = (reason: string) => [`finish ${reason}`, 'usage 10 0 5', 'end'];

type Row = readonly [why: string, said: string, events: readonly string[]];

function closed(index: number, reason: string): readonly string[] {
  return [`close ${index}`, ...ending(reason)];
}

const citation = (fields: JsonObject) =>
  part('citation-start', 0, { citations: { start: 0, end: 2, text: 'Hi', sources: [], ...fields } });
const cited = (fields: JsonObject) =>
  JSON.stringify({ start: 0, end: 2, text: 'Hi', sources: [], ...fields });

const streams: readonly Row[] = [
  [
    'text, plain, escaped and with quotes',
    START +
      part('content-start', 0, { content: { type: 'text', text: '' } }) +
      text('Hel') +
      text('lo "w"\n') +
      text(' 👋') +
      event({ type: 'content-end', index: 0 }) +
      end('COMPLETE'),
    ['start r', TEXT, 'delta 0 Hello "w"\n 👋', ...closed(0, 'stop')],
  ],
  ['an empty answer', START + end('COMPLETE'), ['start r', ...ending('stop')]],
  [
    'thoughts, then words',
    START + thought('Hm') + thought('.') + text('Yes.', 1) + end('COMPLETE'),
    [
      'start r',
      'open 0 {"type":"reasoning"}',
      'delta 0 Hm.',
      'close 0',
      'open 1 {"type":"text"}',
      'delta 1 Yes.',
      ...closed(1, 'stop'),
    ],
  ],
  [
    'a plan, then calls',
    START +
      plan('I will') +
      plan(' look.') +
      callStart(0, 'a', 'f') +
      callDelta(0, '{"x":') +
      callDelta(0, '1}') +
      callEnd(0) +
      callStart(1, 'b', 'g') +
      callDelta(1, '{}') +
      callEnd(1) +
      end('TOOL_CALL'),
    [
      'start r',
      TEXT,
      'delta 0 I will look.',
      'close 0',
      tool(1, 'a', 'f'),
      'delta 1 {"x":1}',
      'close 1',
      tool(2, 'b', 'g'),
      'delta 2 {}',
      'close 2',
      ...ending('tools'),
    ],
  ],
  [
    'citations of the answer, also behind the end of its text',
    START +
      text('Hi') +
      citation({}) +
      event({ type: 'content-end', index: 0 }) +
      citation({ n: 2 }) +
      end('COMPLETE'),
    [
      'start r',
      TEXT,
      'delta 0 Hi',
      `annotate 0 ${cited({})}`,
      `annotate 0 ${cited({ n: 2 })}`,
      ...closed(0, 'stop'),
    ],
  ],
  [
    'a source with an address is a citation of a URL',
    START +
      text('Hi') +
      citation({ sources: [{ type: 'tool', tool_output: { url: 'https://a.example', title: 'A' } }] }) +
      end('COMPLETE'),
    [
      'start r',
      TEXT,
      'delta 0 Hi',
      'annotate 0 {"type":"url_citation","start_index":0,"end_index":2,"url":"https://a.example","title":"A"}',
      ...closed(0, 'stop'),
    ],
  ],
  [
    'a citation of the plan',
    START + plan('Hi') + citation({ type: 'PLAN' }) + callStart(0, 'a', 'f', '{}') + end('TOOL_CALL'),
    [
      'start r',
      TEXT,
      'delta 0 Hi',
      `annotate 0 ${cited({ type: 'PLAN' })}`,
      'close 0',
      tool(1, 'a', 'f'),
      'delta 1 {}',
      ...closed(1, 'tools'),
    ],
  ],
  [
    'log probabilities of a chunk of several tokens are those of all of them',
    START +
      part(
        'content-delta',
        0,
        { content: { text: 'Hi.' } },
        { logprobs: { text: 'Hi.', token_ids: [1, 2], logprobs: [-0.5, -1] } },
      ) +
      end('COMPLETE'),
    [
      'start r',
      TEXT,
      'delta 0 Hi.',
      'logprobs {"content":[{"token":"Hi.","logprob":-1.5,"bytes":[72,105,46],"top_logprobs":[]}],"refusal":null}',
      ...closed(0, 'stop'),
    ],
  ],
  [
    'free text in a function’s clothes',
    START +
      callStart(0, 'x', 'p__freetext') +
      callDelta(0, '{"input":"a') +
      callDelta(0, '\\nb"}') +
      end('TOOL_CALL'),
    [
      'start r',
      'open 0 {"type":"tool_call","id":"x","name":"p","custom":true}',
      'delta 0 a\nb',
      ...closed(0, 'tools'),
    ],
  ],
  [
    'a stop string',
    START + text('Hi') + end('STOP_SEQUENCE'),
    ['start r', TEXT, 'delta 0 Hi', ...closed(0, 'stop_sequence')],
  ],
  [
    'its calls were none',
    START + text('Hi') + end('TOOL_CALL'),
    ['start r', TEXT, 'delta 0 Hi', ...closed(0, 'stop')],
  ],
  [
    'a word nobody knows',
    START + text('Hi') + end('WHATEVER'),
    ['start r', TEXT, 'delta 0 Hi', ...closed(0, 'stop')],
  ],
  [
    'an end that is an error',
    START + text('Hi') + end('ERROR', { error: 'it broke' }),
    ['start r', TEXT, 'delta 0 Hi', 'usage 10 0 5', 'error upstream_fault'],
  ],
  ['an end that is a timeout', START + end('TIMEOUT'), ['start r', 'usage 10 0 5', 'error upstream_timeout']],
  [
    'an error among the events',
    `${START + text('Hi')}data: {"message":"internal","id":"e"}\n\n`,
    ['start r', TEXT, 'delta 0 Hi', 'error upstream_fault'],
  ],
  [
    'events nobody knows are passed over',
    START + event({ type: 'debug', prompt: 'x' }) + text('Hi') + end('COMPLETE'),
    ['start r', TEXT, 'delta 0 Hi', ...closed(0, 'stop')],
  ],
  [
    'no JSON',
    `${START + text('Hi')}data: {"type":"cont\n\n`,
    ['start r', TEXT, 'delta 0 Hi', 'error upstream_garbled'],
  ],
  [
    'nothing after the end',
    `${START + text('Hi') + end('COMPLETE')}data: [DONE]\n\n${text('!')}`,
    ['start r', TEXT, 'delta 0 Hi', ...closed(0, 'stop')],
  ],
  [
    'a call without a name',
    START + callStart(0, 'a', '') + end('TOOL_CALL'),
    ['start r', 'error upstream_garbled'],
  ],
  [
    'a start that never came',
    text('Hi') + end('COMPLETE'),
    ['start ', TEXT, 'delta 0 Hi', ...closed(0, 'stop')],
  ],
];

for (const [why, said, events] of streams) {
  test(`stream: ${why}`, () => assert.deepEqual(outline(decode(said)), events));
}

const bugs: readonly Row[] = [
  [
    'a call without arguments has an empty text for them',
    START + callStart(0, 'a', 'f') + callEnd(0) + end('TOOL_CALL'),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {}', 'close 0', ...ending('tools')],
  ],
  [
    'a call without arguments has null for them, in pieces',
    START + callStart(0, 'a', 'f') + callDelta(0, 'nu') + callDelta(0, 'll') + callEnd(0) + end('TOOL_CALL'),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {}', 'close 0', ...ending('tools')],
  ],
  [
    'openclaude#1259: arguments that come with the start only are not lost',
    START + callStart(0, 'a', 'f', '{"x":1}') + callEnd(0) + end('TOOL_CALL'),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {"x":1}', 'close 0', ...ending('tools')],
  ],
  [
    'litellm#37792: arguments as an object',
    START + callStart(0, 'a', 'f', { x: 1 }) + callEnd(0) + end('TOOL_CALL'),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {"x":1}', 'close 0', ...ending('tools')],
  ],
  [
    'bifrost#3441: of calls that overlap none is lost, and their blocks do not overlap',
    START +
      callStart(0, 'a', 'f') +
      callStart(1, 'b', 'g') +
      callDelta(0, '{"x":1}') +
      callDelta(1, '{"y":2}') +
      callEnd(0) +
      callEnd(1) +
      end('TOOL_CALL'),
    [
      'start r',
      tool(0, 'a', 'f'),
      'delta 0 {"x":1}',
      'close 0',
      tool(1, 'b', 'g'),
      'delta 1 {"y":2}',
      'close 1',
      ...ending('tools'),
    ],
  ],
  [
    'bifrost#3638: text and a call that ends COMPLETE is a call all the same',
    START + plan('Hm.') + callStart(0, 'a', 'f', '{}') + callEnd(0) + end('COMPLETE'),
    [
      'start r',
      TEXT,
      'delta 0 Hm.',
      'close 0',
      tool(1, 'a', 'f'),
      'delta 1 {}',
      'close 1',
      ...ending('tools'),
    ],
  ],
  [
    'vllm#53269: a call does not hide that the output was bounded',
    START + callStart(0, 'a', 'f', '{"x":') + end('MAX_TOKENS'),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {"x":', ...closed(0, 'length')],
  ],
  [
    'vllm#44098: a call whose start is said twice is one',
    START + callStart(0, 'a', 'f', '{"x":') + callStart(0, 'a', 'f', '1}') + callEnd(0) + end('TOOL_CALL'),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {"x":1}', 'close 0', ...ending('tools')],
  ],
  [
    'vllm#32152: the last brace comes with no end of its call',
    START + callStart(0, 'a', 'f') + callDelta(0, '{"x":1') + callDelta(0, '}') + end('TOOL_CALL'),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {"x":1}', ...closed(0, 'tools')],
  ],
  [
    'litellm#25212: a delta that switches from thoughts to words under one number loses nothing',
    START + thought('Hm.') + text('Yes.') + thought('Or?') + end('COMPLETE'),
    [
      'start r',
      'open 0 {"type":"reasoning"}',
      'delta 0 Hm.',
      'close 0',
      'open 1 {"type":"text"}',
      'delta 1 Yes.',
      'close 1',
      'open 2 {"type":"reasoning"}',
      'delta 2 Or?',
      ...closed(2, 'stop'),
    ],
  ],
];

for (const [why, said, events] of bugs) {
  test(`bug: ${why}`, () => assert.deepEqual(outline(decode(said)), events));
}

test('calls without ids get one each', () => {
  const said =
    START + callStart(0, '', 'f', '{}') + callEnd(0) + callStart(1, '', 'f', '{}') + end('TOOL_CALL');
  const ids = decode(said).flatMap((one) =>
    one.type === 'open' && one.block.type === 'tool_call' ? [one.block.id] : [],
  );
  assert.equal(new Set(ids).size, 2);
  for (const id of ids) assert.match(id, /^call_[0-9a-f]{24}$/);
});

const call = (args: unknown) => ({ id: 'a', type: 'function', function: { name: 'f', arguments: args } });
const body = (message: object, more: object = {}) =>
  JSON.stringify({
    id: 'r',
    message: { role: 'assistant', ...message },
    finish_reason: 'COMPLETE',
    usage,
    ...more,
  });
const hi = [{ type: 'text', text: 'Hi' }];

const bodies: readonly Row[] = [
  ['words', body({ content: hi }), ['start r', TEXT, 'delta 0 Hi', ...closed(0, 'stop')]],
  [
    'words without a list around them',
    body({ content: 'Hi' }),
    ['start r', TEXT, 'delta 0 Hi', ...closed(0, 'stop')],
  ],
  [
    'thoughts with words, each with what it cites',
    body({
      content: [{ type: 'thinking', thinking: 'Hm.' }, ...hi],
      citations: [
        { type: 'TEXT_CONTENT', sources: [] },
        { type: 'THINKING_CONTENT', sources: [] },
      ],
    }),
    [
      'start r',
      'open 0 {"type":"reasoning"}',
      'delta 0 Hm.',
      'annotate 0 {"type":"THINKING_CONTENT","sources":[]}',
      'close 0',
      'open 1 {"type":"text"}',
      'delta 1 Hi',
      'annotate 1 {"type":"TEXT_CONTENT","sources":[]}',
      ...closed(1, 'stop'),
    ],
  ],
  [
    'a plan with a call, its arguments null',
    body({ content: null, tool_plan: 'Hm.', tool_calls: [call('null')] }, { finish_reason: 'TOOL_CALL' }),
    ['start r', TEXT, 'delta 0 Hm.', 'close 0', tool(1, 'a', 'f'), 'delta 1 {}', ...closed(1, 'tools')],
  ],
  [
    'a call without any arguments',
    body({ tool_calls: [call(null)] }, { finish_reason: 'TOOL_CALL' }),
    ['start r', tool(0, 'a', 'f'), 'delta 0 {}', ...closed(0, 'tools')],
  ],
  [
    'log probabilities, one entry a chunk',
    body(
      { content: hi },
      {
        logprobs: [
          { text: 'H', logprobs: [-1] },
          { text: 'i', logprobs: [-2] },
        ],
      },
    ),
    [
      'start r',
      TEXT,
      'delta 0 Hi',
      'logprobs {"content":[{"token":"H","logprob":-1,"bytes":[72],"top_logprobs":[]},{"token":"i","logprob":-2,"bytes":[105],"top_logprobs":[]}],"refusal":null}',
      ...closed(0, 'stop'),
    ],
  ],
  ['an error for an end', body({ content: hi }, { finish_reason: 'ERROR' }), ['error upstream_fault']],
  ['an error in a 200', '{"message":"no","id":"e"}', ['error upstream_fault']],
  ['another one', '{"error":{"message":"no"}}', ['error upstream_fault']],
  ['no message', '{"id":"r","finish_reason":"COMPLETE"}', ['error upstream_garbled']],
  ['no reason to stop', body({ content: hi }, { finish_reason: null }), ['error upstream_garbled']],
  ['somebody else’s message', body({ role: 'user', content: hi }), ['error upstream_garbled']],
  ['no JSON', '{"id', ['error upstream_garbled']],
];

for (const [why, said, events] of bodies) {
  test(`body: ${why}`, () => assert.deepEqual(outline(decode(said, false)), events));
}
