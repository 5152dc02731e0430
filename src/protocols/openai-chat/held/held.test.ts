import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../canonical/json.ts';
import { noUsage } from '../../../canonical/usage.ts';
import { held } from './index.ts';

const tokens = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 3,
  total_tokens: 12,
};
const none = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
const seen = { ...noUsage, fresh: 5, cacheRead: 4, output: 3 };
const untold = { ...noUsage, units: {} };

const batches: readonly (readonly [
  why: string,
  body: JsonObject,
  over: boolean,
  usage: object | undefined,
])[] = [
  ['one under way is billed later', { status: 'in_progress', usage: tokens }, false, undefined],
  ['one that is done says what it used', { status: 'completed', usage: tokens }, true, seen],
  ['one that was cut short is billed, too', { status: 'expired', usage: tokens }, true, seen],
  [
    'many calls use more than one can',
    { status: 'completed', usage: { input_tokens: 9, output_tokens: 150_000_000 } },
    true,
    { ...noUsage, fresh: 9, output: 150_000_000 },
  ],
  [
    'a figure that cannot be is none',
    { status: 'completed', usage: { input_tokens: 9, output_tokens: 2e12 } },
    true,
    untold,
  ],
  ['one that says nothing may have used a lot', { status: 'completed' }, true, untold],
  [
    'zeros for work that was done are no figure',
    { status: 'completed', usage: none, request_counts: { completed: 2 } },
    true,
    untold,
  ],
  ['nothing was done', { status: 'cancelled', usage: none, request_counts: { completed: 0 } }, true, noUsage],
  ['it never began', { status: 'failed' }, true, undefined],
];

for (const [why, body, over, usage] of batches) {
  test(`a batch: ${why}`, () => {
    const note = held.batchNote({ id: 'batch_1', ...body });
    assert.deepEqual([note?.over, note?.usage], [over, usage]);
  });
}

test('files that a batch has written are named', () => {
  const body = { id: 'b', status: 'completed', output_file_id: 'file-1', error_file_id: null };
  assert.deepEqual(held.batchNote(body)?.results, ['file-1']);
  assert.deepEqual(held.batchNote({ ...body, output_file_id: '', error_file_id: 'file-2' })?.results, [
    'file-2',
  ]);
});

for (const [why, body] of [
  ['no id', { status: 'completed' }],
  ['an id that leads elsewhere', { id: '../models', status: 'completed' }],
  ['no status', { id: 'b' }],
] as const) {
  test(`no batch: ${why}`, () => assert.equal(held.batchNote(body), undefined));
}

test('a file expires when it says so', () => {
  assert.deepEqual(held.fileNote({ id: 'file-1', expires_at: 12 }), { id: 'file-1', expires: 12_000 });
  assert.deepEqual(held.fileNote({ id: 'file-1', expires_at: null }), { id: 'file-1', expires: undefined });
  assert.equal(held.fileNote({ id: 'a b' }), undefined);
});

test('an empty page has no first and no last', () => {
  assert.deepEqual(held.page([], false), {
    object: 'list',
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  });
});
