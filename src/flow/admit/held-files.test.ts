import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  fakeCall,
  fakeTarget,
  fakeUpstream,
  fakeVirtual,
} from '../../../test/testkit/flow-doubles.ts';
import { MemoryRecords } from '../../../test/testkit/memory-records.ts';
import { asTenantId } from '../../canonical/ids.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { mayPointToFiles, OWNERS, pinToFiles, placesOfFiles } from './held-files.ts';

const many = '_id'.repeat(100);

const bodies: readonly (readonly [why: string, body: JsonObject | string, points: boolean])[] = [
  ['a prompt', { model: 'm', messages: [{ content: 'Hello' }] }, false],
  ['ids of tool calls', { messages: [{ tool_call_id: 'x' }, { tool_call_id: 'y' }] }, false],
  ['a file', { messages: [{ content: [{ file: { file_id: 'f' } }] }] }, true],
  ['a list of files', { tools: [{ container: { file_ids: ['f'] } }] }, true],
  ['a file behind many other ids', { a: many, file_id: 'f' }, true],
  ['many other ids', { a: many }, false],
  ['a letter in disguise', '{"f\\u0069le_id":"f"}', true],
  ['a letter in disguise behind many other ids', `{"a":"${many}","f\\u0069le_id":"f"}`, true],
  ['an underscore in disguise', '{"file\\u005Fid":"f"}', true],
  ['accents as escapes', '{"a":"caf\\u00e9 \\u00C4 \\u000a"}', false],
  ['a disguise of something else', '{"a":"\\u2028"}', false],
];

for (const [why, body, points] of bodies) {
  test(`${why}: ${points ? 'may point' : 'points'} to ${points ? 'files' : 'none'}`, () => {
    assert.equal(mayPointToFiles(fakeCall({ body }).wire), points);
  });
}

const acme = asTenantId('acme');

async function places(body: JsonObject, failure?: Error): Promise<readonly string[]> {
  const records = new MemoryRecords(new FakeClock());
  const life = { created: 0, expires: Number.MAX_SAFE_INTEGER };
  for (const [id, tenant, upstream] of [
    ['mine', acme, 'one'],
    ['other', acme, 'two'],
    ['theirs', asTenantId('umbra'), 'one'],
  ] as const) {
    await records.put('file', tenant, { id, value: JSON.stringify({ upstream }), ...life });
    await records.put('file', OWNERS, { id, value: tenant, ...life });
  }
  records.failure = failure;
  return [...(await placesOfFiles(fakeCall({ body }).wire, acme, records))];
}

test('files are where their records say, wherever a call points to them', async () => {
  assert.deepEqual(await places({ a: [{ file: { file_id: 'mine' } }] }), ['one']);
  assert.deepEqual((await places({ file_ids: ['mine', 'other', 7] })).toSorted(), ['one', 'two']);
  assert.deepEqual(await places({ file_id: 'nobody knows', file_ids: null }), []);
});

test('more files than a call may have are refused before any is looked up', async () => {
  const ids = Array.from({ length: 100 }, (_, at) => `file-${at}`);
  assert.deepEqual(await places({ file_ids: [...ids, ...ids] }), [], 'each counts once');
  const many = places({ file_ids: ids, deep: { file_id: 'one more' } }, new Error('looked up'));
  await assert.rejects(many, { code: 'bad_request' });
});

test("another tenant's file is none, and without the store nobody knows", async () => {
  await assert.rejects(places({ deep: [[{ file_id: 'theirs' }]] }), { code: 'not_found' });
  await assert.rejects(places({ file_ids: ['mine', 'theirs'] }), { code: 'not_found' });
  await assert.rejects(places({ file_id: 'mine' }, new Error('disk')), { code: 'store_down' });
});

test('a call goes where its files are, or nowhere', () => {
  const virtual = fakeVirtual({
    targets: ['one', 'two'].map((name) => fakeTarget('m', { upstream: fakeUpstream({ name }) })),
  });
  const at = (...names: readonly string[]): ReadonlySet<string> => new Set(names);
  assert.equal(pinToFiles(at(), virtual, undefined), undefined);
  assert.equal(pinToFiles(at(), virtual, 'two'), 'two');
  assert.equal(pinToFiles(at('one'), virtual, undefined), 'one');
  assert.equal(pinToFiles(at('one'), virtual, 'one'), 'one');
  assert.throws(() => pinToFiles(at('one'), virtual, 'two'), { code: 'bad_request' });
  assert.throws(() => pinToFiles(at('one', 'two'), virtual, undefined), { code: 'bad_request' });
  assert.throws(() => pinToFiles(at('three'), virtual, undefined), { code: 'bad_request' });
});
