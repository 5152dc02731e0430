import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import { completed, created, decodeFrames, delta, frame, start, stop, told, watch } from './replay.ts';

const wire = { total_input_tokens: 9, total_output_tokens: 3, total_tokens: 12 };
const usage = { fresh: 9, cacheRead: 0, cacheWrite: 0, output: 3, reasoning: 0, estimated: false };
const says = delta(1, { text: 'ü👋', type: 'text' });
const signs = delta(0, { signature: 'c2ln', type: 'thought_signature' });
const ends = completed({ usage: wire });

function update(status: string, more: JsonObject = {}): string {
  return frame({ interaction_id: '', status, event_type: 'interaction.status_update', ...more });
}

function fails(error: JsonObject | undefined): string {
  return frame({ ...(error === undefined ? {} : { error }), event_type: 'error' });
}

interface Row {
  readonly why: string;
  readonly reads: readonly string[];
  readonly kinds: readonly FrameKind[];
  readonly fault?: string;
}

const rows: readonly Row[] = [
  {
    why: 'an answer from first to last, its letters cut in two as well',
    reads: [created, update('in_progress'), start(1, { type: 'model_output' }), says, says, stop(1), ends],
    kinds: ['prelude', 'prelude', 'prelude', 'content', 'content', 'content', 'terminal'],
  },
  {
    why: 'a thought that only signs is no answer yet',
    reads: [created + start(0, { type: 'thought' }) + signs + stop(0), says, ends],
    kinds: ['prelude', 'content', 'terminal'],
  },
  {
    why: 'a summary is',
    reads: [delta(0, { content: { type: 'text', text: 'Hm.' }, type: 'thought_summary' }), ends],
    kinds: ['content', 'terminal'],
  },
  {
    why: 'so is a call',
    reads: [start(0, { type: 'function_call', id: 'a', name: 'x' }), ends],
    kinds: ['content', 'terminal'],
  },
  {
    why: 'an answer of nothing is one',
    reads: [created, completed({ status: 'incomplete' })],
    kinds: ['prelude', 'terminal'],
  },
  {
    why: 'what is behind the end is nobody’s',
    reads: [says + ends + says, says],
    kinds: ['content', 'terminal'],
  },
  {
    why: 'a done marker behind the end is part of nothing',
    reads: [says + ends, 'event: done\ndata: [DONE]\n\n'],
    kinds: ['content', 'terminal'],
  },
  {
    why: 'a done marker in place of the end is none',
    reads: [says, 'data: [DONE]\n\n'],
    kinds: ['content'],
    fault: 'upstream_truncated',
  },
  {
    why: 'who says that it is over and then hangs up has answered',
    reads: [says, update('requires_action', { usage: wire })],
    kinds: ['content', 'content', 'terminal'],
  },
  {
    why: 'who hangs up has not',
    reads: [created, says],
    kinds: ['prelude', 'content'],
    fault: 'upstream_truncated',
  },
  {
    why: 'an error before the first word',
    reads: [created, fails({ message: 'Result not found.', code: 'not_found' })],
    kinds: ['prelude'],
    fault: 'upstream_fault',
  },
  {
    why: 'an error in the middle, in the same read as words',
    reads: [says, says + fails({ message: 'Too many.', code: 'rate_limit_exceeded' }) + says],
    kinds: ['content', 'content'],
    fault: 'upstream_rate_limited',
  },
  {
    why: 'an error without a word',
    reads: [says, fails(undefined)],
    kinds: ['content'],
    fault: 'upstream_fault',
  },
  {
    why: 'a failed interaction, with its reason in the event behind it',
    reads: [says, update('failed'), fails({ message: 'Busy.', code: 'service_unavailable' })],
    kinds: ['content', 'content'],
    fault: 'upstream_overloaded',
  },
  {
    why: 'a failed interaction that gives none',
    reads: [says, completed({ status: 'failed' })],
    kinds: ['content'],
    fault: 'upstream_fault',
  },
  {
    why: 'a step that failed',
    reads: [says, start(2, { type: 'model_output', error: { code: 4, message: 'Too late.' } })],
    kinds: ['content'],
    fault: 'upstream_timeout',
  },
  {
    why: 'an end that is none',
    reads: [says, completed({ status: 'in_progress' })],
    kinds: ['content'],
    fault: 'upstream_fault',
  },
  { why: 'garbage', reads: [says, 'data: {"index":1,\n\n'], kinds: ['content'], fault: 'upstream_garbled' },
  { why: 'a page', reads: ['<html>Bad gateway</html>'], kinds: [], fault: 'upstream_truncated' },
];

describe('a stream', () => {
  for (const { why, reads, kinds, fault } of rows) {
    it(why, () => {
      const watched = watch(reads);
      assert.deepEqual(watched.kinds, kinds);
      assert.equal(watched.fault?.code, fault);
      const bytes = Buffer.from(reads.join(''));
      const whole = watch([bytes]);
      for (let at = 1; at < bytes.length; at += 1) {
        const cut = watch([bytes.subarray(0, at), bytes.subarray(at)]);
        assert.deepEqual(Buffer.concat(cut.frames), Buffer.concat(whole.frames), `cut at ${at}`);
        assert.equal(cut.fault?.code, fault, `cut at ${at}`);
        assert.equal(cut.pieces, whole.pieces, `cut at ${at}`);
        assert.deepEqual(told(decodeFrames(cut.frames)), told(decodeFrames(whole.frames)), `cut at ${at}`);
      }
    });
  }
});

test('usage comes with the end, or with the word that it is over', () => {
  assert.deepEqual(watch([says, ends]).usage, usage);
  assert.deepEqual(watch([says, update('completed', { usage: wire })]).usage, usage);
  assert.equal(watch([says]).usage, undefined);
});

test('words that look like the end inside an answer are none', () => {
  const talk = delta(1, { text: '{"event_type":"interaction.completed"} and "error": {}', type: 'text' });
  const { kinds, fault } = watch([says, talk, ends]);
  assert.equal(fault, undefined);
  assert.deepEqual(kinds, ['content', 'content', 'terminal']);
});

test('a picture of some megabytes is an event like any other', () => {
  const picture = delta(1, { type: 'image', data: 'A'.repeat(3_000_000), mime_type: 'image/png' });
  assert.deepEqual(watch([picture, ends]).kinds, ['content', 'terminal']);
});

describe('a body', () => {
  const bodies: readonly (readonly [why: string, body: string, fault: string | undefined])[] = [
    ['a whole one', '{"status":"completed","steps":[]}', undefined],
    ['one that needs something done', '{"status":"requires_action","steps":[]}', undefined],
    ['one that was cut off by its bound', '{"status":"incomplete"}', undefined],
    ['one with a status nobody knows', '{"status":"exhausted","steps":[]}', undefined],
    ['one without a status', '{"steps":[]}', undefined],
    ['one without anything', '{}', 'upstream_garbled'],
    ['one that has failed', '{"status":"failed","steps":[]}', 'upstream_fault'],
    ['one that is still waiting', '{"status":"queued"}', 'upstream_fault'],
    ['an error', '{"error":{"code":"invalid_request","message":"No such tool."}}', 'bad_request'],
    ['half of one', '{"status":"completed","steps":[', 'upstream_garbled'],
  ];
  for (const [why, body, fault] of bodies) {
    it(why, () => {
      const watched = watch([body], false);
      assert.equal(watched.fault?.code, fault);
      assert.deepEqual(watched.kinds, fault === undefined ? ['terminal'] : []);
    });
  }

  test('states its usage', () => {
    assert.deepEqual(
      watch([JSON.stringify({ status: 'completed', usage: wire, steps: [] })], false).usage,
      usage,
    );
  });
});
