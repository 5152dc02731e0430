import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completed, created, decodeStream, frame, stream, watch } from './replay.ts';

const added = { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'm' } };
const part = { type: 'response.content_part.added', item_id: 'm', output_index: 0, content_index: 0 };
const say = {
  type: 'response.output_text.delta',
  item_id: 'm',
  output_index: 0,
  content_index: 0,
  delta: 'ü 👋',
};
const whole = stream({ type: 'response.in_progress', response: {} }, added, part, say, say, completed());

function kinds(...chunks: readonly string[]): string {
  return watch(true, ...chunks)
    .frames.map(([kind]) => kind)
    .filter((kind, at, all) => kind !== all[at - 1])
    .join(' ');
}

describe('streams', () => {
  it('begin with a prelude, say something, and end with the response', () => {
    assert.equal(kinds(whole), 'prelude content terminal');
    const { fault, usage, frames } = watch(true, whole);
    assert.equal(fault, undefined);
    assert.deepEqual([usage?.fresh, usage?.output], [10, 5]);
    assert.equal(frames.map(([, text]) => text).join(''), whole);
  });

  it('say the same and count the same, wherever they are cut', () => {
    const bytes = Buffer.from(whole);
    const expected = watch(true, bytes);
    const events = decodeStream(whole);
    for (let at = 1; at < bytes.length; at += 1) {
      const cut = watch(true, bytes.subarray(0, at), bytes.subarray(at));
      assert.equal(cut.frames.map(([, text]) => text).join(''), whole);
      assert.equal(cut.pieces, expected.pieces, `cut at ${at}`);
      assert.deepEqual(decodeStream(...cut.frames.map(([, text]) => text)), events);
    }
  });

  const starts: readonly [string, object, string][] = [
    ['an empty message is no answer yet', added, 'prelude'],
    ['an empty thought is no answer yet', { ...added, item: { type: 'reasoning' } }, 'prelude'],
    ['a part is no answer yet', part, 'prelude'],
    ['signs of life are no answer', { type: 'keepalive' }, 'prelude'],
    ['a word is', say, 'prelude content'],
    ['a call is', { ...added, item: { type: 'function_call' } }, 'prelude content'],
    ['a search is', { ...added, item: { type: 'web_search_call' } }, 'prelude content'],
    ['something of tomorrow is', { type: 'response.of_tomorrow' }, 'prelude content'],
  ];
  for (const [sentence, event, expected] of starts) {
    it(sentence, () => assert.equal(kinds(frame(created), frame(event)), expected));
  }

  it('lose signs of life that come before the response, and no others', () => {
    const alive = { type: 'keepalive', sequence_number: 0 };
    const { frames } = watch(true, frame(alive) + frame(created) + frame(alive) + stream(say, completed()));
    const text = frames.map(([, piece]) => piece).join('');
    assert.ok(text.startsWith(frame(created) + frame(alive)));
  });

  const faults: readonly [string, string, string][] = [
    ['cut before the end', stream(added, say), 'upstream_truncated'],
    ["Chat's end marker is no end", `${stream(added, say)}data: [DONE]\n\n`, 'upstream_truncated'],
    ['nothing at all', '', 'upstream_truncated'],
    ['an error', stream(say, { type: 'error', message: 'x', code: 'server_error' }), 'upstream_fault'],
    [
      'a failure',
      stream(say, {
        type: 'response.failed',
        response: { error: { code: 'rate_limit_exceeded', message: 'x' } },
      }),
      'upstream_rate_limited',
    ],
    [
      'completed, and failed all the same',
      stream(say, completed([], { status: 'failed', error: { code: 'server_error', message: 'x' } })).replace(
        'response.failed',
        'response.completed',
      ),
      'upstream_fault',
    ],
    ['an event that is no JSON', `${stream(say)}data: {"delta\n\n`, 'upstream_garbled'],
  ];
  for (const [sentence, text, code] of faults) {
    it(`${sentence}: ${code}`, () => assert.equal(watch(true, text).fault?.code, code));
  }

  it('an error among deltas in one read', () => {
    const among = `${frame(say)}${frame({ type: 'error', error: { message: 'x' } })}${frame(say)}`;
    const { fault, frames } = watch(true, frame(created) + frame(say), among);
    assert.equal(fault?.code, 'upstream_fault');
    assert.equal(frames.map(([, text]) => text).join(''), frame(created) + frame(say) + frame(say));
  });

  it('words about responses and errors are no events', () => {
    const quoted = { ...say, delta: '"response" "error": {"type":"error"}' };
    assert.equal(kinds(frame(created), frame(say), frame(quoted), frame(quoted)), 'prelude content');
  });

  it('what follows the end is dropped', () => {
    const { frames } = watch(true, `${whole}data: [DONE]\n\n${frame(say)}`);
    assert.equal(frames.map(([, text]) => text).join(''), whole);
  });

  it('usage of an answer that broke off is known', () => {
    const { fault, usage } = watch(
      true,
      stream(say, { type: 'response.failed', response: { usage: { input_tokens: 3, output_tokens: 1 } } }),
    );
    assert.deepEqual([fault?.code, usage?.fresh], ['upstream_fault', 3]);
  });

  it('a picture in one event is no overflow', () => {
    const picture = {
      type: 'response.image_generation_call.partial_image',
      partial_image_b64: 'A'.repeat(3_000_000),
    };
    assert.equal(watch(true, stream(picture, completed())).fault, undefined);
  });
});

describe('bodies', () => {
  const rows: readonly [string, object, string | undefined][] = [
    [
      'a response',
      { object: 'response', status: 'completed', output: [], usage: { input_tokens: 1, output_tokens: 1 } },
      undefined,
    ],
    ['one cut short', { object: 'response', status: 'incomplete', output: [] }, undefined],
    ['one without a status', { output: [] }, undefined],
    ['one that failed', { object: 'response', status: 'failed', error: null, output: [] }, 'upstream_fault'],
    ['one that is still at it', { object: 'response', status: 'queued', output: [] }, 'upstream_garbled'],
    ['one without output', { object: 'response', status: 'completed' }, 'upstream_garbled'],
    ['another kind of reply', { object: 'chat.completion', output: [] }, 'upstream_garbled'],
    ['an error', { error: { message: 'x', code: 'model_not_found' } }, 'upstream_model_missing'],
  ];
  for (const [sentence, body, code] of rows) {
    it(`${sentence}: ${code ?? 'an answer'}`, () =>
      assert.equal(watch(false, JSON.stringify(body)).fault?.code, code));
  }
});
