import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataUrl, parseDataUrl } from './data-url.ts';

const rows: readonly (readonly [why: string, url: string, parsed: ReturnType<typeof parseDataUrl>])[] = [
  ['base64', 'data:image/png;base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
  ['more flags', 'data:text/plain;charset=utf-8;base64,AAAA', { mediaType: 'text/plain', data: 'AAAA' }],
  ['percent signs', 'data:text/plain,a%20b', { mediaType: 'text/plain', data: 'YSBi' }],
  ['no type', 'data:,a', { mediaType: 'text/plain', data: 'YQ==' }],
  ['no data', 'data:image/png;base64', 'broken'],
  ['broken percent signs', 'data:,%E0%A4%A', 'broken'],
  ['an address', 'https://example.org/a,b', undefined],
];

for (const [why, url, parsed] of rows)
  test(`reads ${why}`, () => assert.deepEqual(parseDataUrl(url), parsed));

test('what is written is read again', () => {
  assert.deepEqual(parseDataUrl(dataUrl('image/png', 'AA==')), { mediaType: 'image/png', data: 'AA==' });
});
