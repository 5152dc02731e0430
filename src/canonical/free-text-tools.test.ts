import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrapInput, unwrapName, wrapInput, wrapName, wrappedSchema } from './free-text-tools.ts';

test('a name is known by its mark', () => {
  assert.equal(unwrapName(wrapName('patch')), 'patch');
  assert.equal(unwrapName('patch'), undefined);
  assert.equal(unwrapName(wrapName('')), undefined, 'a tool may be called like the mark itself');
});

const rows: readonly (readonly [why: string, text: string, input: string])[] = [
  ['what was wrapped', JSON.stringify(wrapInput('a\n"b"')), 'a\n"b"'],
  ['free text that no model wrapped', '*** Begin Patch', '*** Begin Patch'],
  ['JSON that is no object', '["a"]', '["a"]'],
  ['an object without the field', '{"text":"a"}', '{"text":"a"}'],
  ['a field that is no text', '{"input":{}}', '{"input":{}}'],
  ['arguments that were cut off', '{"input":"a', '{"input":"a'],
];

for (const [why, text, input] of rows)
  test(`free text from ${why}`, () => assert.equal(unwrapInput(text), input));

test('the schema asks for the field that is unwrapped', () => {
  assert.deepEqual(wrappedSchema.required, Object.keys(wrapInput('')));
});
