import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainName, wireId, wireName } from './wire-names.ts';

test('ids become what the pattern allows, always the same way', () => {
  const rows: readonly (readonly [id: string, wire: string, why: string])[] = [
    ['toolu_01A-b', 'toolu_01A-b', 'an allowed id stays'],
    ['call:1/2', 'call_x3a_1_x2f_2', 'other characters are escaped'],
    ['call.1', 'call_x2e_1', 'two ids that differ only in such a character stay different'],
    ['', 'toolu_none', 'an id cannot be empty'],
  ];
  for (const [id, wire, why] of rows) assert.equal(wireId(id), wire, why);
});

test('tool names go there and back', () => {
  const names = ['get_weather', 'a.b:c', 'a_x2e_b', '_x2.', '_x.', 'naïve', '_', 'x__y', '工具'];
  for (const name of names) {
    for (const custom of [false, true]) {
      const wire = wireName(name, custom);
      assert.match(wire, /^[a-zA-Z0-9_-]+$/, name);
      assert.deepEqual(plainName(wire), { name, custom }, name);
    }
  }
});

test('a name with an impossible escape is left alone', () => {
  assert.equal(plainName('a_xffffff_b').name, 'a_xffffff_b');
});
