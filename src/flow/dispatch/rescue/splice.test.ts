import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../canonical/errors.ts';
import type { ReplyEvent } from '../../../canonical/reply.ts';
import { noUsage } from '../../../canonical/usage.ts';
import { verdictOf } from '../health/health-book.ts';
import { Splice, Spoken } from './splice.ts';

const text = { type: 'text' } as const;
const reasoning = { type: 'reasoning' } as const;
const open = (index: number, block: Extract<ReplyEvent, { type: 'open' }>['block'] = text): ReplyEvent => ({
  type: 'open',
  index,
  choice: 0,
  block,
});
const delta = (index: number, words: string): ReplyEvent => ({ type: 'delta', index, text: words });
const close = (index: number): ReplyEvent => ({ type: 'close', index });
const start: ReplyEvent = { type: 'start', id: 'b', model: 'm' };
const finish: ReplyEvent = { type: 'finish', choice: 0, reason: 'stop' };
const end: ReplyEvent = { type: 'end' };

function spokenOf(...events: readonly ReplyEvent[]): Spoken {
  const spoken = new Spoken();
  for (const event of events) spoken.hear(event);
  return spoken;
}

/** What of the second reply goes on to the caller, deltas joined. */
function spliced(
  spoken: Spoken,
  by: 'prefill' | 'again',
  ...events: readonly ReplyEvent[]
): readonly unknown[] {
  const out: ReplyEvent[] = [];
  const splice = new Splice(spoken, by, { ...noUsage, fresh: 5, output: 2 }, (event) => out.push(event));
  for (const event of events) splice.read(event);
  return out.map((event) => (event.type === 'delta' ? `${event.index}:${event.text}` : event));
}

const said = (): Spoken => spokenOf(open(0), delta(0, 'Once upon'));

test('words that go on are added to the block that is open', () => {
  assert.deepEqual(spliced(said(), 'prefill', start, open(0), delta(0, ' a time'), close(0), finish, end), [
    '0: a time',
    close(0),
    finish,
    end,
  ]);
});

test('words said again are swallowed, wherever they are cut', () => {
  const all = 'Once upon a time';
  for (let cut = 0; cut <= all.length; cut += 1) {
    const pieces = [delta(0, all.slice(0, cut)), delta(0, all.slice(cut))];
    const out = spliced(said(), 'again', start, open(0), ...pieces, close(0), finish, end);
    const words = out
      .filter((one) => typeof one === 'string')
      .join('')
      .replaceAll('0:', '');
    assert.equal(words, ' a time', `cut at ${cut}`);
  }
});

const others: readonly (readonly [sentence: string, events: readonly ReplyEvent[]])[] = [
  ['other words', [open(0), delta(0, 'Once there')]],
  ['words that end before they were all said again', [open(0), delta(0, 'Once'), close(0)]],
  ['an end without words', [finish]],
  ['a call of a tool', [open(0, { type: 'tool_call', id: 'c', name: 'f' })]],
  ['a refusal', [open(0, { type: 'refusal' })]],
  ['a second text', [open(0), delta(0, 'Once upon'), close(0), open(1)]],
];

for (const [sentence, events] of others) {
  test(`${sentence}: no answer to go on with`, () => {
    assert.throws(
      () => spliced(said(), 'again', start, ...events),
      (error) => error instanceof GatewayError && verdictOf(error, true) === undefined,
    );
  });
}

test('thoughts of the second reply are its own', () => {
  assert.deepEqual(
    spliced(
      said(),
      'again',
      open(0, reasoning),
      delta(0, 'Hm.'),
      close(0),
      open(1),
      delta(1, 'Once upon a'),
      close(1),
    ),
    ['0: a', close(0)],
  );
});

test('an answer that broke off before its first word gets a block behind its thoughts', () => {
  const spoken = spokenOf(open(0, reasoning), delta(0, 'Hm.'), close(0));
  assert.deepEqual(spliced(spoken, 'again', start, open(0), delta(0, 'Hi.'), close(0)), [
    open(1),
    '1:Hi.',
    close(1),
  ]);
});

test('usage is that of all attempts', () => {
  const usage = { ...noUsage, fresh: 7, output: 3 };
  const [event] = spliced(said(), 'prefill', { type: 'usage', usage }) as [
    Extract<ReplyEvent, { type: 'usage' }>,
  ];
  assert.equal(event.usage.fresh, 12);
  assert.equal(event.usage.output, 5);
});

const hopeless: readonly (readonly [sentence: string, events: readonly ReplyEvent[]])[] = [
  ['a call of a tool', [open(0, { type: 'tool_call', id: 'c', name: 'f' })]],
  ['a refusal', [open(0, { type: 'refusal' })]],
  ['a second choice', [{ type: 'open', index: 0, choice: 1, block: text }]],
  ['a second text', [open(0), delta(0, 'a'), close(0), open(1)]],
  ['a reason to stop', [open(0), delta(0, 'a'), close(0), finish]],
];

for (const [sentence, events] of hopeless) {
  test(`after ${sentence} nobody goes on`, () => assert.equal(spokenOf(...events).canGoOn, false));
}

test('after words and thoughts somebody may', () => {
  const spoken = spokenOf(
    open(0, reasoning),
    delta(0, 'Hm.'),
    close(0),
    open(1),
    delta(1, 'Hi'),
    delta(1, ' there'),
  );
  assert.equal(spoken.canGoOn, true);
  assert.equal(spoken.text, 'Hi there');
});
