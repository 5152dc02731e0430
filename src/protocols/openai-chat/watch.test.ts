import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import { decodeInBandError } from './errors.ts';
import { chunk, frame } from './replay.ts';
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
    const { code, text } = decodeInBandError(error);
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

test('a null error is none', () => {
  const { fault } = watch(true, begin, says, chunk({}, 'stop', { error: null }), done);
  assert.equal(fault, undefined);
});
