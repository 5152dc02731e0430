import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Skipped {
  readonly name: string;
  readonly why: string;
}

interface SkippedModule {
  skippedIn(tap: string): Skipped[];
  forbidden(skipped: readonly Skipped[]): Skipped[];
  tell(skipped: readonly Skipped[]): string;
}

const module = join(process.cwd(), 'scripts', 'skipped.js');
const { skippedIn, forbidden, tell } = (await import(pathToFileURL(module).href)) as SkippedModule;

const TAP = `TAP version 13
# Subtest: one
ok 1 - one
# Subtest: two
ok 2 - two # SKIP promtool is missing: nobody else has checked the text
    ok 1 - three, inside # SKIP ../shared/x.json missing
    ok 2 - four # SKIP ../shared/x.json missing
ok 3 - five # SKIP
ok 4 - six # TODO
# skipped 4
`;

test('what was skipped is read off the run, with its reason', () => {
  assert.deepEqual(skippedIn(TAP), [
    { name: 'two', why: 'promtool is missing: nobody else has checked the text' },
    { name: 'three, inside', why: '../shared/x.json missing' },
    { name: 'four', why: '../shared/x.json missing' },
    { name: 'five', why: 'no reason given' },
  ]);
});

test('only a program that need not be there may be missed', () => {
  assert.deepEqual(
    forbidden(skippedIn(TAP)).map(({ name }) => name),
    ['three, inside', 'four', 'five'],
  );
});

test('the reasons are counted', () => {
  assert.match(
    tell(skippedIn(TAP)),
    /^SKIPPED: 4\n {2}1 × promtool.*\n {2}2 × \.\.\/shared\/x\.json missing\n/,
  );
  assert.equal(tell([]), 'No test was skipped.');
});
