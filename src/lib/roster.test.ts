import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Roster, type Rostered } from './roster.ts';

interface Named extends Rostered {
  readonly name: string;
}
const named = (name: string): Named => ({ name, place: -1 });
const namesOn = (roster: Roster<Named>): string => {
  const names: string[] = [];
  roster.visitAll((thing) => names.push(thing.name));
  return names.sort().join('');
};

test('what is added is there once, what is removed is gone', () => {
  const roster = new Roster<Named>();
  const [a, b, c] = ['a', 'b', 'c'].map(named) as [Named, Named, Named];
  for (const thing of [a, b, c, a]) roster.add(thing);
  assert.equal(roster.size, 3);
  roster.remove(a);
  roster.remove(a);
  assert.equal(namesOn(roster), 'bc');
  roster.remove(c);
  assert.equal(namesOn(roster), 'b');
  roster.add(a);
  roster.remove(b);
  assert.equal(namesOn(roster), 'a');
});

test('a visit may remove anything', () => {
  const roster = new Roster<Named>();
  const things = ['a', 'b', 'c', 'd'].map(named);
  for (const thing of things) roster.add(thing);
  const seen: string[] = [];
  roster.visitAll((thing) => {
    seen.push(thing.name);
    for (const other of things) roster.remove(other);
  });
  assert.equal(seen.length, 1);
  assert.equal(roster.size, 0);
});
