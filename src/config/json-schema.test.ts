import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configJsonSchema, keysAt, wantedAt } from './json-schema.ts';

test('the committed schema is the one the code has', () => {
  const committed = JSON.parse(readFileSync('docs/signalbox.schema.json', 'utf8'));
  assert.deepEqual(
    committed,
    JSON.parse(JSON.stringify(configJsonSchema())),
    'Write it anew: node dist/signalbox.js check --schema > docs/signalbox.schema.json',
  );
});

test('known keys are found through lists, tables and choices', () => {
  assert.ok(keysAt([]).includes('upstreams'));
  assert.deepEqual(keysAt(['models', 'any', 'targets', 3]), ['upstream', 'model', 'weight']);
  assert.deepEqual(keysAt(['models', 'any', 'cache']), ['ttl']);
  assert.deepEqual(keysAt(['upstreams']), []);
  assert.deepEqual(keysAt(['toString', 'x']), []);
});

test('what is wanted is known where a problem may be', () => {
  assert.deepEqual(wantedAt(['keys', 0, 'limits', 0]).title, 'a limit');
  assert.deepEqual(wantedAt(['cache', 'max_bytes']).examples, ['4096', '20mb', '1gb']);
  assert.deepEqual(wantedAt(['nowhere']), { title: undefined, examples: [] });
});
