// Streams as upstreams might really send them, and bodies: what a caller in the end has of them.
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { orderFaults } from '../../../test/testkit/reply-events.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { completed, created, decode, decodeBody, delta, start, stop, told } from './replay.ts';

const thinks = start(0, { type: 'thought' });
const signs = delta(0, { signature: 'c2ln', type: 'thought_signature' });
const speaks = start(1, { type: 'model_output' });

function says(index: number, text: string): string {
  return delta(index, { text, type: 'text' });
}

function calls(index: number, id: string, name: string, args: JsonObject = {}): string {
  return start(index, { id, signature: '', type: 'function_call', name, arguments: args });
}

function argues(index: number, text: string): string {
  return delta(index, { arguments: text, type: 'arguments_delta' });
}

interface Row {
  readonly why: string;
  readonly frames: readonly string[];
  readonly told: readonly string[];
}

const rows: readonly Row[] = [
  {
    why: 'thought, text, end',
    frames: [thinks, signs, stop(0), speaks, says(1, 'Hel'), says(1, 'lo "you"\n'), stop(1), completed()],
    told: ['reasoning <google c2ln>', 'text: Hello "you"\n', 'stop'],
  },
  {
    why: 'a summary in pieces is the text of the thought',
    frames: [
      thinks,
      delta(0, { content: { type: 'text', text: 'First ' }, type: 'thought_summary' }),
      delta(0, { content: { type: 'text', text: 'this.' }, type: 'thought_summary' }),
      signs,
      stop(0),
      completed(),
    ],
    told: ['reasoning <google c2ln>: First this.', 'stop'],
  },
  {
    why: 'a thought that says nothing and signs nothing is none',
    frames: [thinks, stop(0), speaks, says(1, 'Hi.'), completed()],
    told: ['text: Hi.', 'stop'],
  },
  {
    why: 'a signature vouches for the first call behind it, not for the next',
    frames: [
      thinks,
      signs,
      stop(0),
      speaks,
      says(1, 'Both.'),
      stop(1),
      calls(2, 'a', 'x'),
      argues(2, '{"n":'),
      argues(2, '1}'),
      stop(2),
      calls(3, 'b', 'y'),
      stop(3),
      completed({ status: 'requires_action' }),
    ],
    told: [
      'reasoning <google c2ln>',
      'text: Both.',
      'call a x <google c2ln>: {"n":1}',
      'call b y: {}',
      'tools',
    ],
  },
  {
    why: "a call's own signature is that of its own",
    frames: [
      thinks,
      signs,
      stop(0),
      start(1, { id: 'a', signature: 'own', type: 'function_call', name: 'x', arguments: {} }),
      stop(1),
      completed(),
    ],
    told: ['reasoning <google c2ln>', 'call a x <google own>: {}', 'tools'],
  },
  {
    why: 'free text comes out of its wrapping',
    frames: [
      calls(0, 'a', 'patch__freetext'),
      argues(0, '{"inp'),
      argues(0, 'ut":"*** B"}'),
      stop(0),
      completed(),
    ],
    told: ['custom a patch: *** B', 'tools'],
  },
  {
    why: 'calls without an id, or with one that is taken, get one of their own',
    frames: [
      calls(0, '', 'x'),
      stop(0),
      calls(1, 'a', 'x'),
      stop(1),
      calls(2, 'a', 'x'),
      stop(2),
      completed(),
    ],
    told: [
      'call call_fe0c7c9e131145120f7ebbb1 x: {}',
      'call a x: {}',
      'call call_b927b5e79d70ceb6e5fa49fb x: {}',
      'tools',
    ],
  },
  {
    why: "the vendor's own tools go on whole, with all that came of them",
    frames: [
      start(0, { id: 's', type: 'google_search_call' }),
      delta(0, { type: 'google_search_call', arguments: { queries: ['q'] } }),
      stop(0),
      start(1, { call_id: 's', type: 'google_search_result' }),
      delta(1, { type: 'google_search_result', result: [{ a: 1 }] }),
      delta(1, { type: 'google_search_result', result: [{ b: 2 }], is_error: false }),
      stop(1),
      completed(),
    ],
    told: [
      'raw {"id":"s","type":"google_search_call","arguments":{"queries":["q"]}}',
      'raw {"call_id":"s","type":"google_search_result","result":[{"a":1},{"b":2}],"is_error":false}',
      'stop',
    ],
  },
  {
    why: 'a picture between two texts stands between them',
    frames: [
      speaks,
      says(1, 'Look: '),
      delta(1, { type: 'image', data: 'iVBO', mime_type: 'image/png' }),
      says(1, 'there.'),
      stop(1),
      completed(),
    ],
    told: [
      'text: Look: ',
      'raw {"type":"image","data":"iVBO","mime_type":"image/png"}',
      'text: there.',
      'stop',
    ],
  },
  {
    why: 'what is said without a step is said all the same',
    frames: [says(0, 'Hi.'), completed()],
    told: ['text: Hi.', 'stop'],
  },
  {
    why: 'steps that nobody ends end with the reply',
    frames: [speaks, says(1, 'Hi.'), calls(2, 'a', 'x'), argues(2, '{}'), completed()],
    told: ['text: Hi.', 'call a x: {}', 'tools'],
  },
  {
    why: 'a text with fields behind it is no longer than it is',
    frames: [
      speaks,
      says(1, 'A'),
      delta(1, { text: 'B', more: 'x', type: 'text' }),
      delta(1, { text: 'C\\', more: 'x', type: 'text' }),
      completed(),
    ],
    told: ['text: ABC\\', 'stop'],
  },
  {
    why: "the caller's own words are not the answer",
    frames: [
      start(0, { type: 'user_input', content: [{ type: 'text', text: 'Hello.' }] }),
      says(0, 'Hello.'),
      stop(0),
      speaks,
      says(1, 'Hi.'),
      completed(),
    ],
    told: ['text: Hi.', 'stop'],
  },
  {
    why: 'an end that holds the steps is an answer when nothing was streamed',
    frames: [completed({ steps: [{ type: 'model_output', content: [{ type: 'text', text: 'Hi.' }] }] })],
    told: ['text: Hi.', 'stop'],
  },
  {
    why: 'an end that repeats the steps adds nothing',
    frames: [
      speaks,
      says(1, 'Hi.'),
      stop(1),
      completed({ steps: [{ type: 'model_output', content: [{ type: 'text', text: 'Hi.' }] }] }),
    ],
    told: ['text: Hi.', 'stop'],
  },
  {
    why: 'an end without a status is one',
    frames: [speaks, says(1, 'Hi.'), completed({ status: '' })],
    told: ['text: Hi.', 'stop'],
  },
  {
    why: 'a bound on output wins over a call',
    frames: [calls(0, 'a', 'x'), argues(0, '{"n":'), completed({ status: 'incomplete' })],
    told: ['call a x: {"n":', 'length'],
  },
  {
    why: 'a reply to be gone on with is a pause',
    frames: [speaks, says(1, 'Hi'), completed({ status: 'requires_continuation' })],
    told: ['text: Hi', 'pause'],
  },
];

describe('a stream', () => {
  for (const { why, frames, told: expected } of rows) {
    it(why, () => {
      const events = decode(created, ...frames);
      assert.deepEqual(orderFaults(events), []);
      assert.deepEqual(told(events), expected);
      assert.deepEqual(told(decode(...frames)), expected, 'without its first event');
    });
  }
});

describe('bugs of others', () => {
  test('text inside a call that is open is not lost, and not part of it', () => {
    const events = decode(
      calls(0, 'a', 'x'),
      argues(0, '{"n":'),
      says(0, 'Hm.'),
      argues(0, '1}'),
      stop(0),
      completed(),
    );
    assert.deepEqual(orderFaults(events), []);
    assert.deepEqual(told(events), ['call a x: {"n":1}', 'text: Hm.', 'tools']);
  });
  test("text inside a tool of the vendor's is said, and not part of it", () => {
    const text = delta(0, { type: 'text', text: 'Hm.' });
    const events = decode(start(0, { id: 's', type: 'google_search_call' }), text, stop(0), completed());
    assert.deepEqual(told(events), ['text: Hm.', 'raw {"id":"s","type":"google_search_call"}', 'stop']);
  });
  test('the delta that changes the kind of a step is not lost', () => {
    const more = delta(1, { content: { type: 'text', text: 'Wait.' }, type: 'thought_summary' });
    const events = decode(speaks, says(1, 'So'), more, says(1, 'No.'), completed());
    assert.deepEqual(told(events), ['text: So', 'reasoning: Wait.', 'text: No.', 'stop']);
  });
  test('a thought that is a signature and nothing else is kept', () => {
    assert.deepEqual(told(decode(thinks, signs, completed())), ['reasoning <google c2ln>', 'stop']);
  });
  test('calls that overlap are told apart', () => {
    const events = decode(
      calls(0, 'a', 'x'),
      calls(1, 'b', 'y'),
      argues(1, '{"b":'),
      argues(0, '{"a":1}'),
      argues(1, '2}'),
      stop(1),
      stop(0),
      completed(),
    );
    assert.deepEqual(orderFaults(events), []);
    assert.deepEqual(told(events), ['call a x: {"a":1}', 'call b y: {"b":2}', 'tools']);
  });
  test('arguments that come with the start only are not empty', () => {
    assert.deepEqual(told(decode(calls(0, 'a', 'x', { n: 1 }), stop(0), completed())), [
      'call a x: {"n":1}',
      'tools',
    ]);
  });
  test('arguments that come as an object are text', () => {
    const whole = delta(0, { arguments: { n: 1 }, type: 'arguments_delta' });
    assert.deepEqual(told(decode(calls(0, 'a', 'x'), whole, stop(0), completed())), [
      'call a x: {"n":1}',
      'tools',
    ]);
  });
  test('text and a call end in the call', () => {
    assert.equal(told(decode(speaks, says(1, 'Hi.'), calls(2, 'a', 'x'), completed())).at(-1), 'tools');
  });
  test('tool calls do not hide that the bound was reached', () => {
    assert.equal(told(decode(calls(0, 'a', 'x'), completed({ status: 'incomplete' }))).at(-1), 'length');
  });
  test('cached tokens are counted once', () => {
    const usage = {
      total_input_tokens: 100,
      total_cached_tokens: 60,
      total_output_tokens: 5,
      total_tokens: 105,
    };
    const events = decode(says(0, 'Hi.'), completed({ usage }));
    const counted = events.find((event) => event.type === 'usage')?.usage;
    const rest = { cacheWrite: 0, reasoning: 0, estimated: false };
    assert.deepEqual(counted, { fresh: 40, cacheRead: 60, output: 5, ...rest });
  });
  test('an error behind the first words is one, whatever follows', () => {
    const events = decode(
      speaks,
      says(1, 'Hi'),
      'event: error\ndata: {"error":{"message":"Deadline.","code":"gateway_timeout"},"event_type":"error"}\n\n',
      completed(),
    );
    assert.deepEqual(told(events), ['text: Hi']);
  });
});

describe('a body', () => {
  const usage = { total_input_tokens: 3, total_output_tokens: 2, total_tokens: 5 };
  const output = { type: 'model_output', content: [{ type: 'text', text: 'Hi.' }] };
  const bodies: readonly (readonly [why: string, body: JsonObject, expected: readonly string[]])[] = [
    [
      'texts of one step are apart, since citations count from the beginning of each',
      {
        status: 'completed',
        steps: [
          {
            type: 'model_output',
            content: [
              { type: 'text', text: 'Ü1' },
              {
                type: 'text',
                text: 'Ü2',
                annotations: [{ type: 'url_citation', url: 'u', start_index: 2, end_index: 3 }],
              },
            ],
          },
        ],
      },
      ['text: Ü1', 'text [{"type":"url_citation","url":"u","start_index":1,"end_index":2}]: Ü2', 'stop'],
    ],
    [
      'what the caller said is not the answer',
      { status: 'completed', steps: [{ type: 'user_input' }, output] },
      ['text: Hi.', 'stop'],
    ],
    ['no steps but a reason', { status: 'incomplete', usage }, ['length']],
    ['steps but no status', { steps: [output] }, ['text: Hi.', 'stop']],
    ['neither', { id: 'x' }, ['error upstream_garbled']],
    ['not finished', { status: 'in_progress', steps: [] }, ['error upstream_fault']],
    ['failed', { status: 'failed' }, ['error upstream_fault']],
    [
      'failed, and says why',
      { status: 'failed', errors: [{ code: 'too_many_requests', message: 'Slow down.' }] },
      ['error upstream_rate_limited'],
    ],
    ['cancelled', { status: 'cancelled', steps: [output] }, ['error upstream_fault']],
    [
      'a step that failed',
      { status: 'completed', steps: [{ type: 'model_output', error: { code: 14, message: 'Busy.' } }] },
      ['error upstream_overloaded'],
    ],
  ];
  for (const [why, body, expected] of bodies) {
    it(why, () => assert.deepEqual(told(decodeBody(body)), expected));
  }

  test('says when it was made and by which model', () => {
    const body = {
      id: 'v1',
      model: 'gemini-x',
      created: '2026-05-15T18:52:08Z',
      status: 'completed',
      usage,
      steps: [output],
    };
    assert.deepEqual(decodeBody(body)[0], {
      type: 'start',
      id: 'v1',
      model: 'gemini-x',
      created: 1_778_871_128,
    });
  });
});
