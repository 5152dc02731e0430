import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noUsage } from '../../canonical/usage.ts';
import { callStart, end, event, part, plan, START, text, usage, type Watched, watch } from './replay.ts';

const billed = { ...noUsage, fresh: 10, output: 5 };
const opening = part('content-start', 0, { content: { type: 'text', text: '' } });
const close = event({ type: 'content-end', index: 0 });
const done = 'data: [DONE]\n\n';

type Row = readonly [why: string, said: string, watched: Partial<Watched>];

const rows: readonly Row[] = [
  [
    'what says nothing yet is held back; the end marker of others is not waited for',
    START + opening + text('Hel') + text('lo') + close + end('COMPLETE') + done,
    {
      frames: [
        ['prelude', START + opening],
        ['content', text('Hel') + text('lo') + close],
        ['terminal', end('COMPLETE')],
      ],
      fault: undefined,
      usage: billed,
      pieces: 3,
    },
  ],
  ['an answer of nothing is one', START + end('COMPLETE'), { fault: undefined, usage: billed, pieces: 0 }],
  [
    'a plan begins an answer',
    START + plan('Hm.') + end('COMPLETE'),
    {
      frames: [
        ['prelude', START],
        ['content', plan('Hm.')],
        ['terminal', end('COMPLETE')],
      ],
    },
  ],
  [
    'a call does',
    START + callStart(0, 'a', 'f') + end('TOOL_CALL'),
    {
      frames: [
        ['prelude', START],
        ['content', callStart(0, 'a', 'f')],
        ['terminal', end('TOOL_CALL')],
      ],
    },
  ],
  [
    'an end that is an error is a fault, and what it cost is known',
    START + text('Hi') + end('ERROR'),
    {
      frames: [
        ['prelude', START],
        ['content', text('Hi')],
      ],
      fault: 'upstream_fault',
      usage: billed,
    },
  ],
  [
    'before the answer, too',
    START + end('TIMEOUT'),
    { frames: [['prelude', START]], fault: 'upstream_timeout' },
  ],
  [
    'an end without a reason',
    START + text('Hi') + event({ type: 'message-end', delta: {} }),
    { fault: 'upstream_garbled' },
  ],
  ['OmniRoute#7816: an end that never came', START + text('Hi'), { fault: 'upstream_truncated' }],
  ['an end marker in its place', START + text('Hi') + done, { fault: 'upstream_truncated' }],
  [
    'an error in the midst of plain words, in one read with them',
    `${START + text('Hi')}data: {"message":"no","id":"e"}\n\n${text('!')}`,
    { fault: 'upstream_fault' },
  ],
  ['no JSON', `${START + text('Hi')}data: {"type":"content-delta","x\n\n`, { fault: 'upstream_garbled' }],
];

for (const [why, said, expected] of rows) {
  for (const [how, chunks] of [
    ['in one read', [said]],
    ['event by event', said.split(/(?<=\n\n)/)],
    ['byte by byte', [...Buffer.from(said)].map((byte) => Buffer.from([byte]))],
  ] as const) {
    test(`watch: ${why}, ${how}`, () => {
      const watched = watch(chunks);
      for (const [name, value] of Object.entries(expected)) {
        assert.deepEqual(watched[name as keyof Watched], value, name);
      }
    });
  }
}

test('plain words go on as they came, an error in one read with them does not hide', () => {
  const words = text('a') + text('b');
  const watched = watch([START, text('Hi'), words, `${words}data: {"message":"no"}\n\n`]);
  assert.equal(watched.frames.at(-1)?.[1], text('Hi') + words + words);
  assert.equal(watched.fault, 'upstream_fault');
});

const body = (fields: object) =>
  JSON.stringify({
    id: 'r',
    message: { role: 'assistant', content: [] },
    finish_reason: 'COMPLETE',
    usage,
    ...fields,
  });

const bodies: readonly (readonly [why: string, said: string, fault: string | undefined])[] = [
  ['an answer', body({}), undefined],
  ['an error', '{"message":"no","id":"e"}', 'upstream_fault'],
  ['an answer that is an error', body({ finish_reason: 'ERROR' }), 'upstream_fault'],
  ['no message', body({ message: null }), 'upstream_garbled'],
  ['no reason to stop', body({ finish_reason: null }), 'upstream_garbled'],
  ['half a body', body({}).slice(0, -5), 'upstream_garbled'],
];

for (const [why, said, fault] of bodies) {
  test(`watch: a body with ${why}`, () => {
    const watched = watch([said.slice(0, 9), said.slice(9)], false);
    assert.equal(watched.fault, fault);
    if (fault === undefined) {
      assert.deepEqual(watched.frames, [['terminal', said]]);
      assert.deepEqual(watched.usage, billed);
    } else assert.deepEqual(watched.frames, []);
  });
}
