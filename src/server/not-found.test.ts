import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMisnamedVerb, notFound } from './not-found.ts';

const paths = [
  '/v1/chat/completions',
  '/v1beta/models/{model}:generateContent',
  '/v1beta/models/{model}:countTokens',
  '/v1beta/models/',
  '/v1/messages',
  '/v1/messages',
  ...Array.from({ length: 12 }, (_, at) => `/much/else/of/it/${at}`),
  '/',
];

const rows: readonly (readonly [why: string, path: string, remedy: string])[] = [
  ['a mistyped path', '/v1/mesages', 'Did you mean /v1/messages?'],
  ['a path without its version', '/messages', 'Did you mean /v1/messages?'],
  ['half a verb', '/v1beta/models/a/b:7b:generate', 'Did you mean /v1beta/models/a/b:7b:generateContent?'],
  ['a verb nobody has', '/v1beta/models/x:juggle', 'A model takes :generateContent, :countTokens.'],
];
for (const [why, path, remedy] of rows) {
  test(`${why} is told what was meant`, () => assert.equal(notFound(path, paths).detail.remedy, remedy));
}

test('elsewhere a dozen paths are named, each once, those in the same folder first', () => {
  const remedy = notFound('/much/quite-another-thing-altogether', paths).detail.remedy ?? '';
  assert.match(remedy, /^There are: \/much\/else\/of\/it\/0, .*\/much\/else\/of\/it\/11, and 4 more\.$/);
  const other = notFound('/quite-another-thing-altogether', paths).detail.remedy ?? '';
  assert.equal(other.split('/v1/messages').length, 2);
  assert.ok(!other.includes(' /.') && !other.includes('models/,'));
});

test('only what stands behind a model is a verb', () => {
  assert.equal(isMisnamedVerb('/v1beta/models/x:juggle', paths), true);
  assert.equal(isMisnamedVerb('/v1beta/models/x', paths), false);
  assert.equal(isMisnamedVerb('/v1/files/x:juggle', paths), false);
});
