import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartialArgs } from './partial-args.ts';

function built(...paths: readonly string[]): string {
  const args = new PartialArgs();
  args.add(paths.map((jsonPath) => ({ jsonPath, numberValue: 1 })));
  return args.toString();
}

const empty = (count: number): string => 'null,'.repeat(count);

test('an index may lie a little behind the end of its list', () => {
  assert.equal(built('$.a[0]', '$.a[2]'), '{"a":[1,null,1]}');
  assert.equal(built('$.a[1000]'), `{"a":[${empty(1000)}1]}`);
});

test('one that lies far behind it is no address', () => {
  assert.equal(built('$.a[1001]', '$.b'), '{"a":[],"b":1}');
  assert.equal(built('$.a[99999999999999999999]', '$.b'), '{"a":[],"b":1}');
});

test('many gaps of one call are bounded together', () => {
  const lists = Array.from({ length: 1000 }, (_, at) => `$.l${at}[1000]`);
  assert.equal(built(...lists).split('null').length - 1, 10_000);
  assert.ok(built(`$.a${'[1000]'.repeat(90)}`).length < 60_000);
});

test('a path deeper than any schema is none', () => {
  assert.equal(built(`$${'.a'.repeat(101)}`), '{}');
  assert.notEqual(built(`$${'.a'.repeat(100)}`), '{}');
});

test('what has no place among the others is named, the first of it', () => {
  const lost = (...paths: readonly (string | undefined)[]): string | undefined => {
    const args = new PartialArgs();
    args.add(paths.map((jsonPath) => (jsonPath === undefined ? {} : { jsonPath, stringValue: 'x' })));
    return args.lost;
  };
  assert.equal(lost('$.a[0]', undefined, '$.a[1000]', "$['b c']"), undefined);
  for (const path of ['$.a[1002]', `$${'.a'.repeat(101)}`, 'a', '$', '$.a[0][-1]', '$..a']) {
    assert.equal(lost('$.a[0]', path, 'later'), path);
  }
  assert.equal(lost('$.a[0]', '$.a.b'), '$.a.b', 'a name in a list');
});
