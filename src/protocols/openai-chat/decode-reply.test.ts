import assert from 'node:assert/strict';
import { test } from 'node:test';
import { block, orderFaults, outline } from '../../../test/testkit/reply-events.ts';
import { chunk, decodeBody, decodeStream, frame } from './replay.ts';

const done = frame('[DONE]');
const ends = chunk({}, 'stop');
const start = 'start chatcmpl-1 m';

function call(index: number | undefined, id: string | undefined, name: string | undefined, args: unknown) {
  const called = { ...(name === undefined ? {} : { name }), arguments: args };
  return { ...(index === undefined ? {} : { index }), ...(id === undefined ? {} : { id }), function: called };
}

interface Row {
  readonly why: string;
  readonly frames: readonly string[];
  readonly events: readonly string[];
}

const rows: Row[] = [
  {
    why: 'plain text: role, content, finish, usage',
    frames: [
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, 'stop'),
      frame({ id: 'chatcmpl-1', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }),
      done,
    ],
    events: [start, ...block(0, 'text', 'Hello'), 'finish 0 stop', 'usage 3+0+0 2(0)', 'end'],
  },
  {
    why: 'several events in one frame',
    frames: [chunk({ content: 'a' }) + chunk({ content: 'b' }, 'length') + done],
    events: [start, ...block(0, 'text', 'ab'), 'finish 0 length', 'end'],
  },
  {
    why: 'reasoning_content, then text',
    frames: [chunk({ reasoning_content: 'hm' }), chunk({ content: 'ok' }), chunk({}, 'stop'), done],
    events: [start, ...block(0, 'reasoning', 'hm'), ...block(1, 'text', 'ok'), 'finish 0 stop', 'end'],
  },
  {
    why: 'litellm#29600: chunks that hold nothing but reasoning make a reasoning block (vLLM: `reasoning`)',
    frames: [chunk({ reasoning: 'h' }), chunk({ reasoning: 'm' }), chunk({}, 'stop'), done],
    events: [start, ...block(0, 'reasoning', 'hm'), 'finish 0 stop', 'end'],
  },
  {
    why: 'the same reasoning in two fields is said once',
    frames: [chunk({ reasoning: 'hm', reasoning_content: 'hm' }), chunk({}, 'stop'), done],
    events: [start, ...block(0, 'reasoning', 'hm'), 'finish 0 stop', 'end'],
  },
  {
    why: 'litellm#25212: a delta that switches from reasoning to text loses neither part',
    frames: [
      chunk({ reasoning_content: 'a' }),
      chunk({ reasoning_content: 'b', content: 'c' }, 'stop'),
      done,
    ],
    events: [start, ...block(0, 'reasoning', 'ab'), ...block(1, 'text', 'c'), 'finish 0 stop', 'end'],
  },
  {
    why: 'litellm#38809: a signature without words is a block',
    frames: [
      chunk({ thinking_blocks: [{ type: 'thinking', thinking: '', signature: 'sig' }] }),
      chunk({}, 'stop'),
      done,
    ],
    events: [start, 'open 0 0 reasoning', 'seal 0 anthropic:sig', 'close 0', 'finish 0 stop', 'end'],
  },
  {
    why: 'thinking blocks: words, signature, the next block, and one that is sealed whole',
    frames: [
      chunk({ reasoning_content: 'a', thinking_blocks: [{ type: 'thinking', thinking: 'a' }] }),
      chunk({ thinking_blocks: [{ type: 'thinking', thinking: '', signature: 's1' }] }),
      chunk({ thinking_blocks: [{ type: 'thinking', thinking: 'b', signature: 's2' }] }),
      chunk({ thinking_blocks: [{ type: 'redacted_thinking', data: 'xyz' }] }),
      chunk({}, 'stop'),
      done,
    ],
    events: [
      start,
      'open 0 0 reasoning',
      'delta 0 a',
      'seal 0 anthropic:s1',
      'close 0',
      'open 1 0 reasoning',
      'delta 1 b',
      'seal 1 anthropic:s2',
      'close 1',
      ...block(2, 'redacted xyz'),
      'finish 0 stop',
      'end',
    ],
  },
  {
    why: 'a call in deltas',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'get', '')] }),
      chunk({ tool_calls: [call(0, undefined, undefined, '{"a"')] }),
      chunk({ tool_calls: [call(0, undefined, undefined, ':1}')] }),
      chunk({}, 'tool_calls'),
      done,
    ],
    events: [start, ...block(0, 'tool c1 get', '{"a":1}'), 'finish 0 tools', 'end'],
  },
  {
    why: 'sglang#24293, bifrost#3441: interleaved parallel calls and text come out one after the other',
    frames: [
      chunk({ content: 'x' }),
      chunk({ tool_calls: [call(0, 'c1', 'get', '{"a"'), call(1, 'c2', 'put', '{"b"')] }),
      chunk({ tool_calls: [call(1, undefined, undefined, ':2}')] }),
      chunk({ content: 'y' }),
      chunk({ tool_calls: [call(0, undefined, undefined, ':1}')] }),
      chunk({}, 'tool_calls'),
      done,
    ],
    events: [
      start,
      ...block(0, 'text', 'x'),
      ...block(1, 'tool c1 get', '{"a":1}'),
      ...block(2, 'tool c2 put', '{"b":2}'),
      ...block(3, 'text', 'y'),
      'finish 0 tools',
      'end',
    ],
  },
  {
    why: 'vllm#44098: id and name repeated in later chunks are not concatenated and open nothing',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'get', '{"a"')] }),
      chunk({ tool_calls: [call(0, 'c1', 'get', ':1}')] }),
      chunk({ tool_calls: [call(0, 'c1', 'get', '')] }, 'tool_calls'),
      done,
    ],
    events: [start, ...block(0, 'tool c1 get', '{"a":1}'), 'finish 0 tools', 'end'],
  },
  {
    why: 'a call that was over is repeated behind text: it opens nothing and adds nothing',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'get', '{}')] }),
      chunk({ content: 'x' }),
      chunk({ tool_calls: [call(0, 'c1', 'get', '')] }, 'tool_calls'),
      done,
    ],
    events: [start, ...block(0, 'tool c1 get', '{}'), ...block(1, 'text', 'x'), 'finish 0 tools', 'end'],
  },
  {
    why: 'litellm#35663: parallel calls that all say index 0 are told apart by their ids',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'get', '{}')] }),
      chunk({ tool_calls: [call(0, 'c2', 'get', '{"b":')] }),
      chunk({ tool_calls: [call(0, undefined, undefined, '2}')] }),
      chunk({}, 'stop'),
      done,
    ],
    events: [
      start,
      ...block(0, 'tool c1 get', '{}'),
      ...block(1, 'tool c2 get', '{"b":2}'),
      'finish 0 tools',
      'end',
    ],
  },
  {
    why: 'litellm#37792: arguments as an object, no index, finish `stop`',
    frames: [
      chunk({ tool_calls: [call(undefined, 'c1', 'get', { a: 1 }), call(undefined, 'c2', 'get', { a: 2 })] }),
      chunk({}, 'stop'),
      done,
    ],
    events: [
      start,
      ...block(0, 'tool c1 get', '{"a":1}'),
      ...block(1, 'tool c2 get', '{"a":2}'),
      'finish 0 tools',
      'end',
    ],
  },
  {
    why: 'the name comes after the id: the block waits for it, its arguments too',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', undefined, '{"a"')] }),
      chunk({ tool_calls: [call(0, undefined, 'get', ':1}')] }),
      chunk({}, 'tool_calls'),
      done,
    ],
    events: [start, ...block(0, 'tool c1 get', '{"a":1}'), 'finish 0 tools', 'end'],
  },
  {
    why: 'an id that changes with every delta is still one call',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'get', '{"a"')] }),
      chunk({ tool_calls: [call(0, 'c2', undefined, ':1}')] }),
      chunk({}, 'tool_calls'),
      done,
    ],
    events: [start, ...block(0, 'tool c1 get', '{"a":1}'), 'finish 0 tools', 'end'],
  },
  {
    why: 'without indexes, ids say which of two calls goes on',
    frames: [
      chunk({ tool_calls: [call(undefined, 'c1', 'get', '{"a"'), call(undefined, 'c2', 'get', '{"b"')] }),
      chunk({ tool_calls: [call(undefined, 'c1', undefined, ':1}')] }),
      chunk({ tool_calls: [call(undefined, 'c2', undefined, ':2}')] }),
      ends,
      done,
    ],
    events: [
      start,
      ...block(0, 'tool c1 get', '{"a":1}'),
      ...block(1, 'tool c2 get', '{"b":2}'),
      'finish 0 tools',
      'end',
    ],
  },
  {
    why: 'the same index but another id and a name: the next call, though the first is not whole',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'get', '')] }),
      chunk({ tool_calls: [call(0, 'c2', 'get', '{}')] }),
      ends,
      done,
    ],
    events: [start, ...block(0, 'tool c1 get'), ...block(1, 'tool c2 get', '{}'), 'finish 0 tools', 'end'],
  },
  {
    why: 'the same id under an index nobody named: still the same call',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'get', '{"a"')] }),
      chunk({ tool_calls: [call(3, 'c1', undefined, ':1}')] }),
      ends,
      done,
    ],
    events: [start, ...block(0, 'tool c1 get', '{"a":1}'), 'finish 0 tools', 'end'],
  },
  {
    why: 'a signature and input that come before the name, of a wrapped tool',
    frames: [
      chunk({
        tool_calls: [
          { ...call(0, 'c1', undefined, '{"in'), extra_content: { google: { thought_signature: 'ts' } } },
        ],
      }),
      chunk({ tool_calls: [call(0, undefined, 'patch__freetext', 'put":"x"}')] }),
      ends,
      done,
    ],
    events: [
      start,
      'open 0 0 custom c1 patch',
      'delta 0 x',
      'seal 0 google:ts',
      'close 0',
      'finish 0 tools',
      'end',
    ],
  },
  {
    why: 'a wrapped tool whose input is no {input} comes out as the model wrote it',
    frames: [chunk({ tool_calls: [call(0, 'c1', 'patch__freetext', 'just text')] }), ends, done],
    events: [start, ...block(0, 'custom c1 patch', 'just text'), 'finish 0 tools', 'end'],
  },
  {
    why: 'custom tools',
    frames: [
      chunk({ tool_calls: [{ index: 0, id: 'c1', type: 'custom', custom: { name: 'patch', input: '' } }] }),
      chunk({ tool_calls: [{ index: 0, custom: { input: '*** Begin' } }] }),
      chunk({}, 'tool_calls'),
      done,
    ],
    events: [start, ...block(0, 'custom c1 patch', '*** Begin'), 'finish 0 tools', 'end'],
  },
  {
    why: 'copilot-api#242: a custom tool that went out as a function comes back unwrapped',
    frames: [
      chunk({ tool_calls: [call(0, 'c1', 'patch__freetext', '{"in')] }),
      chunk({ tool_calls: [call(0, 'c1', 'patch__freetext', 'put":"a\\nb"}')] }),
      chunk({}, 'tool_calls'),
      done,
    ],
    events: [start, ...block(0, 'custom c1 patch', 'a\nb'), 'finish 0 tools', 'end'],
  },
  {
    why: 'envoy ai-gateway#2366: the thought signature of a call stays with it',
    frames: [
      chunk({
        tool_calls: [
          { ...call(0, 'c1', 'get', '{}'), extra_content: { google: { thought_signature: 'ts' } } },
        ],
      }),
      chunk({}, 'stop'),
      done,
    ],
    events: [
      start,
      'open 0 0 tool c1 get',
      'delta 0 {}',
      'seal 0 google:ts',
      'close 0',
      'finish 0 tools',
      'end',
    ],
  },
  {
    why: 'vllm#53269: a call never hides that the answer was cut off',
    frames: [chunk({ tool_calls: [call(0, 'c1', 'get', '{"a')] }), chunk({}, 'length'), done],
    events: [start, ...block(0, 'tool c1 get', '{"a'), 'finish 0 length', 'end'],
  },
  {
    why: 'bifrost#3638: text and a call end with `tools`, whatever the upstream says',
    frames: [
      chunk({ content: 'x' }),
      chunk({ tool_calls: [call(0, 'c1', 'g', '{}')] }),
      chunk({}, 'stop'),
      done,
    ],
    events: [start, ...block(0, 'text', 'x'), ...block(1, 'tool c1 g', '{}'), 'finish 0 tools', 'end'],
  },
  {
    why: '`tool_calls` without a call is a stop',
    frames: [chunk({ content: 'x' }), chunk({}, 'tool_calls'), done],
    events: [start, ...block(0, 'text', 'x'), 'finish 0 stop', 'end'],
  },
  {
    why: 'langchain-litellm#56: usage beside empty choices; the last of several wins',
    frames: [
      chunk({ content: 'x' }, null, { usage: { prompt_tokens: 9, completion_tokens: 1 } }),
      chunk({}, 'stop', { usage: { prompt_tokens: 9, completion_tokens: 2 } }),
      frame({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 3 } }),
      done,
    ],
    events: [start, ...block(0, 'text', 'x'), 'finish 0 stop', 'usage 9+0+0 3(0)', 'end'],
  },
  {
    why: 'usage without choices at all, and nonsense after it, which does not replace it',
    frames: [
      chunk({ content: 'x' }, 'stop'),
      frame({ usage: { prompt_tokens: 9, completion_tokens: 3 } }),
      frame({ usage: { prompt_tokens: -9, completion_tokens: 3 } }),
      done,
    ],
    events: [start, ...block(0, 'text', 'x'), 'finish 0 stop', 'usage 9+0+0 3(0)', 'end'],
  },
  {
    why: 'autogen#6465: Azure begins without choices and sends a choice without delta',
    frames: [
      frame({ id: '', model: '', choices: [], prompt_filter_results: [] }),
      frame({ id: 'chatcmpl-1', model: 'm', choices: [{ index: 0, finish_reason: null }] }),
      chunk({ content: 'x' }),
      frame({ id: 'chatcmpl-1', choices: [{ index: 0, finish_reason: 'stop' }] }),
      done,
    ],
    events: [start, ...block(0, 'text', 'x'), 'finish 0 stop', 'end'],
  },
  {
    why: 'CLIProxyAPI#4958: a refusal is told from a stop',
    frames: [chunk({ refusal: 'I can' }), chunk({ refusal: 'not' }), chunk({}, 'stop'), done],
    events: [start, ...block(0, 'refusal', 'I cannot'), 'finish 0 refusal', 'end'],
  },
  {
    why: 'litellm#40861: filtered stays filtered',
    frames: [chunk({ content: 'x' }), chunk({}, 'content_filter'), done],
    events: [start, ...block(0, 'text', 'x'), 'finish 0 filter', 'end'],
  },
  {
    why: 'vLLM names the stop string it met; a token id is none',
    frames: [
      frame({
        id: 'chatcmpl-1',
        model: 'm',
        choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: 'END' }],
      }),
      frame({ choices: [{ index: 1, delta: {}, finish_reason: 'stop', stop_reason: 128009 }] }),
      done,
    ],
    events: [start, 'finish 0 stop_sequence END', 'finish 1 stop', 'end'],
  },
  {
    why: 'two choices, interleaved',
    frames: [
      chunk({ content: 'a' }),
      frame({ choices: [{ index: 1, delta: { content: 'b' } }] }),
      chunk({ content: 'c' }, 'stop'),
      frame({ choices: [{ index: 1, delta: {}, finish_reason: 'length' }] }),
      done,
    ],
    events: [
      start,
      'open 0 0 text',
      'delta 0 a',
      'open 1 1 text',
      'delta 1 b',
      'delta 0 c',
      'close 0',
      'finish 0 stop',
      'close 1',
      'finish 1 length',
      'end',
    ],
  },
  {
    why: 'logprobs come before the words they speak of',
    frames: [
      frame({
        id: 'chatcmpl-1',
        model: 'm',
        choices: [{ index: 0, delta: { content: 'a' }, logprobs: { content: [1] } }],
      }),
      chunk({}, 'stop'),
      done,
    ],
    events: [start, 'logprobs 0 {"content":[1]}', ...block(0, 'text', 'a'), 'finish 0 stop', 'end'],
  },
  {
    why: 'annotations belong to the text',
    frames: [
      chunk({ content: 'a' }),
      chunk({ annotations: [{ type: 'url_citation' }] }),
      chunk({}, 'stop'),
      done,
    ],
    events: [
      start,
      'open 0 0 text',
      'delta 0 a',
      'annotate 0 {"type":"url_citation"}',
      'close 0',
      'finish 0 stop',
      'end',
    ],
  },
  {
    why: 'annotations before any text wait for no one: they open it',
    frames: [chunk({ annotations: [{ type: 'x' }] }), chunk({ content: 'a' }, 'stop'), done],
    events: [
      start,
      'open 0 0 text',
      'annotate 0 {"type":"x"}',
      'delta 0 a',
      'close 0',
      'finish 0 stop',
      'end',
    ],
  },
  {
    why: 'annotations behind an unfinished call wait until their text is out',
    frames: [
      chunk({ content: 'a' }),
      chunk({ tool_calls: [call(0, 'c1', 'get', '{"a"')] }),
      chunk({ annotations: [{ type: 'x' }] }),
      chunk({ tool_calls: [call(0, undefined, undefined, ':1}')] }),
      ends,
      done,
    ],
    events: [
      start,
      ...block(0, 'text', 'a'),
      ...block(1, 'tool c1 get', '{"a":1}'),
      'open 2 0 text',
      'annotate 2 {"type":"x"}',
      'close 2',
      'finish 0 tools',
      'end',
    ],
  },
  {
    why: 'the finish word may come twice, and content after it still counts',
    frames: [chunk({ content: 'a' }, 'stop'), chunk({ content: 'b' }), chunk({}, 'stop'), done],
    events: [start, ...block(0, 'text', 'ab'), 'finish 0 stop', 'end'],
  },
  {
    why: 'an error chunk ends everything, with the usage so far',
    frames: [
      chunk({ content: 'a' }, null, { usage: { prompt_tokens: 1, completion_tokens: 1 } }),
      frame({ error: { message: 'boom', type: 'server_error' } }),
      chunk({ content: 'b' }, 'stop'),
      done,
    ],
    events: [start, 'open 0 0 text', 'delta 0 a', 'usage 1+0+0 1(0)', 'error upstream_fault'],
  },
  {
    why: 'a finish word that says the engine broke off is an error, not a stop',
    frames: [chunk({ content: 'a' }), chunk({}, 'abort'), done],
    events: [start, 'open 0 0 text', 'delta 0 a', 'error upstream_fault'],
  },
  {
    why: 'a call nobody can make is an error',
    frames: [chunk({ tool_calls: [call(0, 'c1', undefined, '{}')] }), chunk({}, 'tool_calls'), done],
    events: [start, 'error upstream_garbled'],
  },
  { why: 'an end without an answer is an error', frames: [done], events: ['error upstream_garbled'] },
  {
    why: 'an event that is no JSON is an error',
    frames: [frame('{"choices":[{'), done],
    events: ['error upstream_garbled'],
  },
  {
    why: 'comments, blank events and carriage returns',
    frames: [
      ': ping\r\n\r\n',
      `data:${JSON.stringify({ id: 'chatcmpl-1', model: 'm', choices: [{ delta: { content: 'a' }, finish_reason: 'stop' }] })}\r\n\r\n`,
      'data: [DONE]\r\n\r\n',
    ],
    events: [start, ...block(0, 'text', 'a'), 'finish 0 stop', 'end'],
  },
  {
    why: 'audio answers pass as raw pieces of their dialect',
    frames: [chunk({ audio: { id: 'a1', data: 'AA' } }), chunk({}, 'stop'), done],
    events: [start, ...block(0, 'raw {"audio":{"id":"a1","data":"AA"}}'), 'finish 0 stop', 'end'],
  },
];

for (const row of rows) {
  test(`stream: ${row.why}`, () => {
    const events = decodeStream(...row.frames);
    assert.deepEqual(outline(events), row.events);
    if (!row.events.some((line) => line.startsWith('error'))) assert.deepEqual(orderFaults(events), []);
  });
}

test('calls without ids get some that differ within a reply and between replies', () => {
  const ids = ['chatcmpl-a', 'chatcmpl-b'].flatMap((id) => {
    const calls = [call(0, undefined, 'get', '{}'), call(1, undefined, 'get', '{}')];
    const events = decodeStream(
      frame({ id, model: 'm', choices: [{ index: 0, delta: { tool_calls: calls } }] }),
      ends,
      done,
    );
    return events.flatMap((event) =>
      event.type === 'open' && event.block.type === 'tool_call' ? [event.block.id] : [],
    );
  });
  assert.equal(new Set(ids).size, 4);
  for (const id of ids) assert.match(id, /^call_[0-9a-f]{24}$/);
});

test('calls with neither id nor index are told apart by being whole', () => {
  const calls = [call(undefined, undefined, 'get', '{"a":1}'), call(undefined, undefined, 'get', '{"a":2}')];
  const events = decodeStream(chunk({ tool_calls: calls }), chunk({}, 'stop'), done);
  const said = outline(events).filter((line) => line.startsWith('delta'));
  assert.deepEqual(said, ['delta 0 {"a":1}', 'delta 1 {"a":2}']);
});

test('parallel calls that share one id but not their index stay two, the second with an id of its own', () => {
  const events = decodeStream(
    chunk({ tool_calls: [call(0, 'x', 'get', '{}'), call(1, 'x', 'put', '{"b":')] }),
    chunk({ tool_calls: [call(1, 'x', undefined, '2}')] }),
    ends,
    done,
  );
  const lines = outline(events);
  assert.deepEqual(lines.slice(1, 3), ['open 0 0 tool x get', 'delta 0 {}']);
  assert.match(lines[4]!, /^open 1 0 tool call_[0-9a-f]{24} put$/);
  assert.equal(lines[5], 'delta 1 {"b":2}');
});

test('a legacy function call is a tool call', () => {
  const events = decodeStream(
    chunk({ function_call: { name: 'get', arguments: '' } }),
    chunk({ function_call: { arguments: '{}' } }),
    chunk({}, 'function_call'),
    done,
  );
  assert.match(outline(events)[1]!, /^open 0 0 tool call_[0-9a-f]{24} get$/);
  assert.deepEqual(outline(events).slice(2), ['delta 0 {}', 'close 0', 'finish 0 tools', 'end']);
});

test('a refusal is explained by its own words', () => {
  const finish = decodeStream(chunk({ refusal: 'No.' }), chunk({}, 'stop'), done).find(
    (event) => event.type === 'finish',
  );
  assert.equal(finish?.explanation, 'No.');
});

test('Mistral answers in parts', () => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] };
  const events = decodeStream(
    chunk({ content: [thinking] }),
    chunk({ content: [{ type: 'text', text: 'ok' }] }, 'stop'),
    done,
  );
  assert.deepEqual(outline(events).slice(1, 6), [
    ...block(0, 'reasoning', 'hm'),
    'open 1 0 text',
    'delta 1 ok',
  ]);
});

test('calls with indexes but no ids are told apart by their names', () => {
  const events = decodeStream(
    chunk({ tool_calls: [call(0, undefined, 'get', '')] }),
    chunk({ tool_calls: [call(0, undefined, 'put', '{}')] }),
    ends,
    done,
  );
  const names = events.flatMap((event) =>
    event.type === 'open' && event.block.type === 'tool_call' ? [event.block.name] : [],
  );
  assert.deepEqual(names, ['get', 'put']);
});

test('entries that are no objects are passed over', () => {
  const thinking = { type: 'thinking', thinking: 'hm' };
  const events = decodeStream(
    chunk({ tool_calls: [null], thinking_blocks: [null], content: [null, thinking, { type: 'reference' }] }),
    frame({ choices: [null] }),
    chunk({}, 'stop'),
    done,
  );
  assert.deepEqual(outline(events).slice(1, -2), [
    ...block(0, 'reasoning', 'hm'),
    ...block(1, 'raw {"type":"reference"}'),
  ]);
});

test('a whole body is read like a stream of one', () => {
  const body = {
    id: 'chatcmpl-1',
    model: 'm',
    created: 5,
    service_tier: 'default',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'a',
          reasoning_content: 'r',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get', arguments: '{}' } }],
        },
        finish_reason: 'tool_calls',
      },
      { index: 1, message: { role: 'assistant', content: 'b' }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 2, completion_tokens: 1 },
  };
  const events = decodeBody(JSON.stringify(body));
  assert.deepEqual(events[0], {
    type: 'start',
    id: 'chatcmpl-1',
    model: 'm',
    created: 5,
    extras: { service_tier: 'default' },
  });
  assert.deepEqual(orderFaults(events), []);
  assert.deepEqual(outline(events).slice(1), [
    ...block(0, 'reasoning', 'r'),
    ...block(1, 'text', 'a'),
    'open 2 0 tool c1 get',
    'delta 2 {}',
    'open 3 1 text',
    'delta 3 b',
    'close 2',
    'finish 0 tools',
    'close 3',
    'finish 1 stop',
    'usage 2+0+0 1(0)',
    'end',
  ]);
});

const brokenBodies = [
  {
    why: 'an error where a reply was due',
    body: '{"error":{"message":"x","code":503}}',
    code: 'upstream_overloaded',
  },
  { why: 'no choices', body: '{"id":"x","choices":[]}', code: 'upstream_garbled' },
  { why: 'no object', body: '[]', code: 'upstream_garbled' },
  { why: 'half a body', body: '{"choices":[', code: 'upstream_garbled' },
];

for (const row of brokenBodies) {
  test(`body: ${row.why}`, () => assert.deepEqual(outline(decodeBody(row.body)), [`error ${row.code}`]));
}
