import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { minimalInstance } from './instance.ts';

const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['next'] };

const rows: readonly [string, JsonObject, Json][] = [
  [
    'only what is required',
    { type: 'object', properties: { a: { type: 'string' }, b: { type: 'null' } }, required: ['b'] },
    { b: null },
  ],
  ['the first of an enum', { enum: ['x', 'y'] }, 'x'],
  ['null may be the first of an enum', { enum: [null, 'y'] }, null],
  ['a constant', { const: 5 }, 5],
  ['a default', { type: 'string', default: 'd' }, 'd'],
  ['an enum before a default', { enum: [1, 2], default: 2 }, 1],
  ['the first of several types', { type: ['integer', 'null'] }, 0],
  [
    'the first alternative, with what surrounds it',
    {
      type: 'object',
      properties: { a: { type: 'boolean' } },
      required: ['a'],
      anyOf: [{ properties: { b: { type: 'integer' } }, required: ['b'] }, {}],
    },
    { a: true, b: 0 },
  ],
  ['oneOf like anyOf', { oneOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }] }, 'sim'],
  [
    'all of them together',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'null' } }, required: ['a'] },
        { properties: { b: { const: 1 } }, required: ['b'] },
      ],
    },
    { a: null, b: 1 },
  ],
  [
    'references into the document',
    { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'integer', minimum: 7 } } },
    7,
  ],
  ['references that lead nowhere are any value', { $ref: 'https://example.com/x' }, null],
  ['an empty array when that is allowed', { type: 'array', items: { type: 'string' } }, []],
  ['as many items as needed', { type: 'array', items: { type: 'integer' }, minItems: 2 }, [0, 0]],
  [
    'tuples place by place',
    { type: 'array', prefixItems: [{ const: 'a' }], items: { const: 'b' }, minItems: 2 },
    ['a', 'b'],
  ],
  ['a short enough string', { type: 'string', maxLength: 4 }, 'simu'],
  ['a long enough string', { type: 'string', minLength: 12 }, 'simulated...'],
  ['a string of a known format', { type: 'string', format: 'date' }, '2026-01-01'],
  ['zero where zero is allowed', { type: 'number', minimum: -5, maximum: 5 }, 0],
  ['the lower bound above zero', { type: 'integer', minimum: 2.5 }, 3],
  ['the upper bound below zero', { type: 'integer', maximum: -2.5 }, -3],
  ['beyond an excluded bound', { type: 'integer', exclusiveMinimum: 3 }, 4],
  ['between excluded bounds', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
  ['below an excluded bound', { type: 'integer', exclusiveMaximum: -3 }, -4],
  ['a multiple', { type: 'integer', minimum: 7, multipleOf: 5 }, 10],
  ['an object by its looks', { properties: { a: { const: 1 } }, required: ['a'] }, { a: 1 }],
  ['nothing known is null', {}, null],
  ['a property nobody described is null', { type: 'object', required: ['x'] }, { x: null }],
  [
    'a dangerous name is a name',
    { type: 'object', required: ['__proto__'], properties: {} },
    JSON.parse('{"__proto__":null}'),
  ],
];

for (const [sentence, schema, expected] of rows) {
  test(`instance: ${sentence}`, () => {
    assert.equal(JSON.stringify(minimalInstance(schema)), JSON.stringify(expected));
  });
}

test('instance: a schema that never ends is cut off', () => {
  assert.match(JSON.stringify(minimalInstance({ ...node, $defs: { node } })), /^(\{"next":)+null\}+$/);
});

test('instance: a schema that asks for the sky gets a handful of it', () => {
  let schema: JsonObject = { type: 'integer' };
  for (let i = 0; i < 30; i += 1) schema = { type: 'array', items: schema, minItems: 1000 };
  assert.ok(JSON.stringify(minimalInstance(schema)).length < 10_000_000);
});

test('instance: references in a circle end', () => {
  assert.equal(
    minimalInstance({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }),
    null,
  );
});
