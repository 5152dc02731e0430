import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerValue } from './header-value.ts';

const rows: readonly (readonly [says: string, text: string, value: string])[] = [
  ['plain text stays as it is', 'dropped=seed, logit_bias ~', 'dropped=seed, logit_bias ~'],
  ['nothing stays nothing', '', ''],
  ['line ends cannot begin another header', 'a\r\nset-cookie: b', 'a??set-cookie: b'],
  ['control characters are shown as such', '\0a\tb\x1fc\x7f', '?a?b?c?'],
  ['so is what is not ASCII', 'größe→😀', 'gr??e???'],
  ['2 KB are let through', 'x'.repeat(2_048), 'x'.repeat(2_048)],
  ['more are cut, and it shows', 'x'.repeat(2_049), `${'x'.repeat(2_045)}...`],
];

for (const [says, text, value] of rows) {
  test(`header value: ${says}`, () => assert.equal(headerValue(text), value));
}
