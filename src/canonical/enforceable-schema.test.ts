import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enforceable } from './enforceable-schema.ts';
import type { JsonObject } from './json.ts';

const closed = { additionalProperties: false };
const text = { type: 'string' };
const a = { properties: { a: text } };

const rows: readonly (readonly [why: string, before: JsonObject, after: JsonObject])[] = [
  ['objects are closed', { type: 'object', ...a }, { type: 'object', ...a, ...closed }],
  [
    'a closed one',
    { type: 'object', ...a, ...closed, required: ['a'] },
    { type: 'object', ...a, ...closed, required: ['a'] },
  ],
  ['perhaps null', { type: ['object', 'null'], ...a }, { type: ['object', 'null'], ...a, ...closed }],
  ['without its type', a, { type: 'object', ...a, ...closed }],
  [
    'open on purpose',
    { type: 'object', ...a, additionalProperties: true },
    { type: 'object', ...a, ...closed },
  ],
  [
    'open for one kind of value, which is told',
    { type: 'object', ...a, additionalProperties: text },
    { type: 'object', ...a, ...closed, description: '{additionalProperties: {"type":"string"}}' },
  ],
  [
    'deep inside',
    { anyOf: [{ type: 'array', items: { $ref: '#/$defs/d' } }], $defs: { d: { type: 'object', ...a } } },
    {
      anyOf: [{ type: 'array', items: { $ref: '#/$defs/d' } }],
      $defs: { d: { type: 'object', ...a, ...closed } },
    },
  ],
  [
    'what is not enforced is told',
    { type: 'string', minLength: 2, pattern: '^a' },
    { type: 'string', description: '{minLength: 2, pattern: "^a"}' },
  ],
  [
    'behind a description',
    { type: 'number', maximum: 3, description: 'D' },
    { type: 'number', description: 'D\n\n{maximum: 3}' },
  ],
  ['the dialect of the schema says nothing', { $schema: 'x', type: 'string' }, { type: 'string' }],
  ['one of several', { oneOf: [text, { type: 'null' }] }, { anyOf: [text, { type: 'null' }] }],
  ['a format that is known', { type: 'string', format: 'uuid' }, { type: 'string', format: 'uuid' }],
  [
    'a format that is not',
    { type: 'string', format: 'isbn' },
    { type: 'string', description: '{format: "isbn"}' },
  ],
  ['at least one', { type: 'array', items: text, minItems: 1 }, { type: 'array', items: text, minItems: 1 }],
  [
    'at least two',
    { type: 'array', items: text, minItems: 2 },
    { type: 'array', items: text, description: '{minItems: 2}' },
  ],
  ['words to choose among', { enum: ['a', null], title: 'T' }, { enum: ['a', null], title: 'T' }],
];

for (const [why, before, after] of rows) {
  test(`a schema: ${why}`, () => {
    const found = enforceable(before);
    assert.deepEqual(found, after);
    assert.equal(
      found === before,
      JSON.stringify(before) === JSON.stringify(after),
      'the same when nothing changed',
    );
  });
}

const maps: readonly (readonly [why: string, schema: JsonObject])[] = [
  ['a map', { type: 'object', additionalProperties: text }],
  ['a map inside', { type: 'object', properties: { a: { type: 'object', additionalProperties: text } } }],
  ['an object of any kind', { type: 'object' }],
  ['any value', {}],
  ['any value inside', { type: 'array', items: { description: 'D' } }],
  ['true', { type: 'object', properties: { a: true } }],
];

for (const [why, schema] of maps) {
  test(`a schema that cannot be enforced: ${why}`, () => assert.equal(enforceable(schema), undefined));
}
