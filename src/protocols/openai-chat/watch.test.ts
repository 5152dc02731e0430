import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import { inBandError } from './errors.ts';
import { chunk, decodeBody, decodeStream, frame } from './replay.ts';
import { usageIn } from './usage.ts';
import { watchChat } from './watch.ts';

interface Watched {
  readonly kinds: readonly FrameKind[];
  readonly fault: GatewayError | undefined;
}

function watch(stream: boolean, ...reads: readonly string[]): Watched {
  const kinds: FrameKind[] = [];
  let fault: GatewayError | undefined;
  const watcher = watchChat(stream, {
    frame: (_bytes, kind) => kinds.push(kind),
    fault: (error) => {
      fault = error;
    },
  });
  for (const read of reads) watcher.push(Buffer.from(read));
  watcher.end();
  return { kinds, fault };
}

const begin = chunk({ role: 'assistant', content: '' });
const says = chunk({ content: 'a' });
const ends = chunk({}, 'stop');
const done = frame('[DONE]');
/** As Python writes JSON. */
const spaced = (text: string) => text.replaceAll('":', '": ').replaceAll(',"', ', "');
const usage = frame({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });

const rows: readonly (readonly [why: string, reads: readonly string[], kinds: readonly FrameKind[]])[] = [
  [
    'a reply from first to last',
    [begin, says, ends, usage, done],
    ['prelude', 'content', 'content', 'usage', 'terminal'],
  ],
  [
    'an upstream that finishes and just closes',
    [begin, says, ends],
    ['prelude', 'content', 'content', 'terminal'],
  ],
  [
    'and writes a space behind its colons',
    [begin, says, spaced(ends)],
    ['prelude', 'content', 'content', 'terminal'],
  ],
  [
    'usage that is still null',
    [begin, says, chunk({ content: 'b' }, null, { usage: null }), ends, done],
    ['prelude', 'content', 'content', 'content', 'terminal'],
  ],
];

for (const [why, reads, kinds] of rows) {
  test(`read along: ${why}`, () => {
    const watched = watch(true, ...reads);
    assert.equal(watched.fault, undefined);
    assert.deepEqual(watched.kinds, kinds);
  });
}

test('usage is seen however it is written', () => {
  const watcher = watchChat(true, { frame: () => {}, fault: (error) => assert.fail(error) });
  for (const read of [begin, says, spaced(usage)]) watcher.push(Buffer.from(read));
  assert.equal(watcher.usage?.output, 1);
});

const errors: readonly Json[] = [
  { message: 'm', code: 429 },
  { message: 'm', code: 'insufficient_quota' },
  {
    message: "This model's maximum context length is 4 tokens. However, your messages resulted in 5 tokens.",
  },
  'boom',
];

for (const error of errors) {
  test(`an error inside a reply is what the decoder calls it: ${JSON.stringify(error)}`, () => {
    const { code, text } = inBandError({ error }) as GatewayError;
    for (const watched of [
      watch(true, frame({ error })),
      watch(true, begin, says, frame({ error })),
      watch(true, begin, says, spaced(frame({ error }))),
      watch(false, JSON.stringify({ error })),
    ]) {
      assert.equal(watched.fault?.code, code);
      assert.equal(watched.fault?.text, text);
    }
  });
}

for (const error of [null, false, '']) {
  test(`no error: ${JSON.stringify(error)}`, () => {
    const last = { choices: [{ finish_reason: 'stop' }], error };
    assert.equal(watch(true, begin, says, chunk({}, 'stop', { error }), done).fault, undefined);
    assert.equal(watch(false, JSON.stringify(last)).fault, undefined);
    assert.equal(decodeBody(JSON.stringify(last)).at(-1)?.type, 'end');
  });
}

const flat = (code: Json): string => JSON.stringify({ object: 'error', message: 'm', type: 't', code });
const answer = (choice: Json): string => JSON.stringify({ choices: [choice] });

const failing: readonly (readonly [why: string, stream: boolean, wire: string, code: ErrorCode])[] = [
  ['no choices in a body', false, '{"choices":[]}', 'upstream_garbled'],
  ['null choices', false, '{"choices":null}', 'upstream_garbled'],
  ['choices that are no list', false, '{"choices":{}}', 'upstream_garbled'],
  ['choices that are no objects', false, '{"choices":[null]}', 'upstream_garbled'],
  ['a body that broke off', false, answer({ finish_reason: 'error' }), 'upstream_fault'],
  ['a body that was aborted', false, answer({ message: {}, finish_reason: 'Abort' }), 'upstream_fault'],
  ['a stream that broke off at once', true, begin + chunk({}, 'error') + done, 'upstream_fault'],
  ['a stream that broke off later', true, begin + says + chunk({}, 'abort') + done, 'upstream_fault'],
  ['an end marker without a finish', true, begin + says + done, 'upstream_truncated'],
  ['a close without a finish', true, begin + says, 'upstream_truncated'],
  ["vLLM's flat error in a stream", true, frame(flat('429')), 'upstream_rate_limited'],
  ["vLLM's flat error in mid stream", true, begin + says + frame(flat(503)), 'upstream_overloaded'],
  ["vLLM's flat error as a body", false, flat(503), 'upstream_overloaded'],
  ['a plain string', false, '{"error":"boom"}', 'upstream_fault'],
  ['a code in digits', true, frame({ error: { message: 'm', code: '429' } }), 'upstream_rate_limited'],
];

for (const [why, stream, wire, code] of failing) {
  test(`no answer, to watcher and decoder alike: ${why}`, () => {
    assert.equal(watch(stream, wire).fault?.code, code);
    const last = (stream ? decodeStream(wire, done) : decodeBody(wire)).at(-1);
    assert.equal(last?.type === 'error' ? last.error.code : last?.type, code);
  });
}

test('a stream of whole messages is content', () => {
  const message = frame({ choices: [{ index: 0, message: { role: 'assistant', content: 'a' } }] });
  assert.deepEqual(watch(true, message, says, ends, done).kinds, [
    'content',
    'content',
    'content',
    'terminal',
  ]);
});

test('a byte order mark before a body is no part of it', () => {
  const frames: string[] = [];
  const watcher = watchChat(false, { frame: (bytes) => frames.push(bytes.toString()), fault: assert.fail });
  watcher.push(Buffer.from(`\ufeff${answer({ finish_reason: 'stop' })}`));
  watcher.end();
  assert.deepEqual(frames, [answer({ finish_reason: 'stop' })]);
});

const counts = { prompt_tokens: '3', completion_tokens: '2' };
const places: readonly (readonly [where: string, chunk: JsonObject])[] = [
  ['at the top', { choices: [{ finish_reason: 'stop' }], usage: counts }],
  ["in Groq's corner", { choices: [{ finish_reason: 'stop' }], x_groq: { usage: counts } }],
  ['in a choice', { choices: [{ finish_reason: 'stop', usage: counts }] }],
  ['beside a usage that says nothing', { choices: [{ finish_reason: 'stop', usage: counts }], usage: {} }],
];

for (const [where, value] of places) {
  test(`usage in digits, ${where}, to watcher and decoder alike`, () => {
    for (const stream of [true, false]) {
      const wire = stream ? says + frame(value) + done : JSON.stringify(value);
      const watcher = watchChat(stream, { frame: () => {}, fault: (error) => assert.fail(error) });
      watcher.push(Buffer.from(wire));
      watcher.end();
      const events = stream ? decodeStream(wire) : decodeBody(wire);
      const usage = events.find((event) => event.type === 'usage')?.usage;
      assert.equal(usage?.fresh, 3);
      assert.deepEqual(watcher.usage, usage);
    }
  });
}

test('a usage without counters is none: it is estimated', () => {
  const value = { choices: [{ finish_reason: 'stop' }], usage: { prompt_tokens: 'many' } };
  assert.equal(usageIn(value), undefined);
});
