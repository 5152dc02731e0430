import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanObject } from '../lib/json-scan.ts';
import { CallWire, type Edit } from './call-wire.ts';
import type { Protocol } from './protocol.ts';

const rescan = (bytes: Buffer) => scanObject(bytes, 64);

function wireOf(text: string): CallWire {
  const bytes = Buffer.from(text);
  return new CallWire({} as Protocol, 'chat', bytes, rescan(bytes));
}

const edited = (text: string, edits: readonly Edit[]): string =>
  Buffer.concat(wireOf(text).splice(edits) as Buffer[]).toString();

const table: readonly (readonly [why: string, text: string, edits: readonly Edit[], result: string])[] = [
  [
    'a replaced value leaves every other byte alone',
    '{ "a" : 1 ,\n"b":"x"}',
    [{ name: 'a', value: '22' }],
    '{ "a" : 22 ,\n"b":"x"}',
  ],
  ['a new field goes to the end', '{"a":1}', [{ name: 'b', value: '"x"' }], '{"a":1,"b":"x"}'],
  ['a new field in an empty object has no comma', '{ }', [{ name: 'b', value: '1' }], '{ "b":1}'],
  [
    'two new fields',
    '{}',
    [
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
    ],
    '{"a":1,"b":2}',
  ],
  [
    'replace and add at once',
    '{"a":1,"b":2}',
    [
      { name: 'c', value: '3' },
      { name: 'b', value: '9' },
    ],
    '{"a":1,"b":9,"c":3}',
  ],
  ['removing the first field', '{"a":1,"b":2,"c":3}', [{ name: 'a', value: undefined }], '{"b":2,"c":3}'],
  ['removing the last field', '{"a":1,"b":2}', [{ name: 'b', value: undefined }], '{"a":1}'],
  [
    'removing the first two',
    '{"a":1,"b":2,"c":3}',
    [
      { name: 'a', value: undefined },
      { name: 'b', value: undefined },
    ],
    '{"c":3}',
  ],
  ['removing all', '{"a":1}', [{ name: 'a', value: undefined }], '{}'],
  [
    'a field in place of another',
    '{ "a" : 1 , "b":2}',
    [{ name: 'c', value: '3', inPlaceOf: 'a' }],
    '{ "c":3 , "b":2}',
  ],
  [
    'a field in place of one that is not there',
    '{"b":2}',
    [{ name: 'c', value: '3', inPlaceOf: 'a' }],
    '{"b":2,"c":3}',
  ],
  [
    'a field in place of another while a third goes',
    '{"a":1,"b":2}',
    [
      { name: 'c', value: '3', inPlaceOf: 'a' },
      { name: 'b', value: undefined },
    ],
    '{"c":3}',
  ],
  ['removing what is not there', '{"a":1}', [{ name: 'z', value: undefined }], '{"a":1}'],
  ['a name that needs quoting', '{}', [{ name: 'a"b', value: '1' }], '{"a\\"b":1}'],
];

for (const [why, text, edits, result] of table) {
  test(why, () => assert.equal(edited(text, edits), result));
}

test('an edited wire reads its own new values', () => {
  const wire = wireOf('{"model":"a","n":1}').with([{ name: 'model', value: '"b"' }], rescan);
  assert.equal(wire.value('model'), 'b');
  assert.equal(wire.value('n'), 1);
  assert.equal(wire.value('missing'), undefined);
});

test('no edits, no copy', () => {
  const wire = wireOf('{"a":1}');
  assert.equal(wire.with([], rescan), wire);
  assert.equal(wire.splice([]).length, 1);
});

const wholes: readonly (readonly [text: string, value: number | undefined])[] = [
  ['{"n":4096}', 4096],
  ['{"n": 0 }', 0],
  ['{"n":-1}', undefined],
  ['{"n":1.5}', undefined],
  ['{"n":1e3}', undefined],
  ['{"n":"7"}', undefined],
  ['{"n":null}', undefined],
  ['{"n":1234567890123456}', undefined],
  ['{"m":1}', undefined],
];
for (const [text, value] of wholes) {
  test(`the whole number in ${text} is ${value ?? 'none'}`, () =>
    assert.equal(wireOf(text).whole('n'), value));
}
