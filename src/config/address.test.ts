import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, parseAddress } from './address.ts';

const rows: readonly (readonly [string, ReturnType<typeof parseAddress>])[] = [
  ['http://127.0.0.1:11434', { origin: { tls: false, host: '127.0.0.1', port: 11_434 }, basePath: '' }],
  ['https://api.example', { origin: { tls: true, host: 'api.example', port: 443 }, basePath: '' }],
  ['http://x/', { origin: { tls: false, host: 'x', port: 80 }, basePath: '' }],
  ['https://x/a/b//', { origin: { tls: true, host: 'x', port: 443 }, basePath: '/a/b' }],
  ['http://[::1]:8080/v1', { origin: { tls: false, host: '::1', port: 8080 }, basePath: '/v1' }],
  ['127.0.0.1:80', 'is not a URL'],
  ['localhost:80', 'must begin with http:// or https://'],
  ['http://u@x', 'must not hold credentials; use secret or headers'],
  ['http://x/#a', 'must end with the path: no "?" and no "#"'],
];

for (const [text, wanted] of rows) {
  test(`address ${text}`, () => {
    assert.deepEqual(parseAddress(text), wanted);
  });
}

test('loopback is this machine and nothing that looks like it', () => {
  for (const host of ['localhost', '::1', '127.0.0.1', '127.9.9.9']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example'])
    assert.ok(!isLoopback(host), host);
});
