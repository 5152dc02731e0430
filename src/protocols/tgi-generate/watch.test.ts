import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outline } from '../../../test/testkit/reply-events.ts';
import { noUsage } from '../../canonical/usage.ts';
import { details, event, last, token, watch } from './replay.ts';

const whole = `:\n\n${token('<s>', {}, { special: true })}${token('Grüß')}${token(' "dich"\n')}${token(' {')}${last('Grüß "dich"\n {')}`;

test('a beginning that is no text is a prelude, tokens are content, the last one is the end', () => {
  const { frames, fault, usage } = watch([whole]);
  assert.deepEqual(
    frames.map(([kind]) => kind),
    ['prelude', 'content', 'terminal'],
  );
  assert.equal(fault, undefined);
  assert.deepEqual(usage, { ...noUsage, fresh: 7, output: 2 });
});

test('cut at any byte, once or everywhere, a stream says the same', () => {
  const bytes = Buffer.from(whole);
  const told = JSON.stringify(watchedAs([bytes]));
  for (let at = 1; at < bytes.length; at += 1) {
    const cut = watchedAs([bytes.subarray(0, at), bytes.subarray(at)]);
    assert.equal(JSON.stringify(cut), told, `cut at byte ${at}`);
  }
  assert.equal(JSON.stringify(watchedAs(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))), told);
});

function watchedAs(chunks: readonly Buffer[]) {
  const { events, ...rest } = watch(chunks);
  return { ...rest, events: outline(events) };
}

test('ended at any byte before its last event, a stream is a fault and has no end', () => {
  const bytes = Buffer.from(whole);
  for (let at = 0; at < whole.indexOf('"details":{'); at += 1) {
    const { fault, frames, events } = watch([bytes.subarray(0, at)]);
    assert.ok(fault === 'upstream_truncated' || fault === 'upstream_garbled', `after ${at} bytes: ${fault}`);
    assert.ok(!frames.some(([kind]) => kind === 'terminal'));
    assert.ok(!events.some(({ type }) => type === 'end'));
  }
});

const busy = event({ error: 'Model is overloaded', error_type: 'overloaded' });
const broken = event({ error: 'Request failed during generation: CUDA', error_type: 'generation' });
const rows: readonly (readonly [why: string, stream: string, fault: string | undefined, pieces: number])[] = [
  ['an engine that is full says so in a stream, too', busy, 'upstream_overloaded', 0],
  ['one that fails midway is a fault', `${token('a')}${token('b')}${broken}`, 'upstream_fault', 2],
  [
    'an answer that stays incomplete is a fault',
    `${token('a')}${event({ error: 'Incomplete generation stream', error_type: 'incomplete_generation_stream' })}`,
    'upstream_fault',
    1,
  ],
  [
    'what is wrong with the call is the caller’s to mend',
    event({ error: 'Input validation error: `top_p` must be > 0.0 and < 1.0', error_type: 'validation' }),
    'bad_request',
    0,
  ],
  [
    'a prompt that is too long is told from other mistakes',
    event({
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 2040 `inputs` tokens and 20 `max_new_tokens`',
      error_type: 'validation',
    }),
    'context_too_long',
    0,
  ],
  ['an error that is null is none', `${token('a', { error: null })}${last('a')}`, undefined, 1],
  ['an answer of nothing is one', last(''), undefined, 0],
  ['an answer without details is one', token('a', { generated_text: 'a' }), undefined, 0],
  ['details alone are an end, too', `${token('a')}${token('', { details })}`, undefined, 1],
  ['and so is the text alone', `${token('a')}${token('b', { generated_text: 'ab' })}`, undefined, 1],
  ['what is no JSON is a fault', `${token('a')}data: [DONE\n\n`, 'upstream_garbled', 1],
  [
    'a text that looks like an end is none',
    `${token('"generated_text":"x","details":{')}`,
    'upstream_truncated',
    1,
  ],
  ['what comes after the end is nobody’s', `${token('a')}${last('a')}${busy}`, undefined, 1],
];

for (const [why, stream, fault, pieces] of rows) {
  test(`stream: ${why}`, () => {
    for (const chunks of [[stream], stream.split(/(?<=\n\n)/)]) {
      const heard = watch(chunks);
      assert.equal(heard.fault, fault);
      assert.equal(heard.pieces, pieces);
    }
  });
}

test('tokens count the same however they came', () => {
  const text = `${token('a')}${token('', {}, { special: true })}${token('b')}${token('c')}`;
  const bytes = Buffer.from(text);
  const pieces = watch(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))).pieces;
  assert.equal(watch([text]).pieces, pieces);
});

const bodies: readonly (readonly [
  why: string,
  body: string,
  fault: string | undefined,
  fresh: number | undefined,
])[] = [
  [
    'a body tells of the prompt by its tokens',
    '{"generated_text":"x","details":{"generated_tokens":1,"prefill":[{},{}]}}',
    undefined,
    2,
  ],
  [
    'or does not',
    '{"generated_text":"x","details":{"generated_tokens":1,"prefill":[]}}',
    undefined,
    undefined,
  ],
  [
    'an error is one, whatever the status',
    '{"error":"x","error_type":"overloaded"}',
    'upstream_overloaded',
    undefined,
  ],
  ['another body is no answer', '{"text":"x"}', 'upstream_garbled', undefined],
];

for (const [why, body, fault, fresh] of bodies) {
  test(`body: ${why}`, () => {
    const heard = watch([body], false);
    assert.equal(heard.fault, fault);
    assert.equal(heard.usage?.fresh, fresh);
  });
}
