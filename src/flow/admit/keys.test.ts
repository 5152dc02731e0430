import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import { FakeClock } from '../../../test/testkit/flow-doubles.ts';
import { asKeyId, asProjectId, asTenantId, asUserId } from '../../canonical/ids.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { digestOf, KeyDigest } from './key-digest.ts';
import { createKeyRing, isLoopback, type KeyRecord, type KeyRing } from './key-ring.ts';
import { newKey, shapeOf } from './key-text.ts';
import { nameTest } from './name-pattern.ts';
import { resolveCaller } from './resolve-caller.ts';

const pepper = Buffer.from('a pepper of this installation');
const key = newKey(Buffer.alloc(32, 7));

function record(parts: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: asKeyId('key-1'),
    name: 'ci',
    digest: digestOf(pepper, key),
    tenant: asTenantId('acme'),
    project: asProjectId('web'),
    user: asUserId('ada'),
    limits: [],
    ...parts,
  };
}

function ring(records: readonly KeyRecord[] = [record()], clock = new FakeClock()): KeyRing {
  return createKeyRing({ pepper, records, clock });
}

function outcome(headers: WireHeaders, keys = ring(), peer = '127.0.0.1'): string {
  const resolved = resolveCaller(headers, peer, keys);
  return 'error' in resolved ? `${resolved.error.status} ${resolved.error.text}` : resolved.key.record.name;
}

const hmac = (secret: Buffer, text: string) => createHmac('sha256', secret).update(text).digest('hex');

for (const length of [0, 1, 16, 52, 255, 1_019, 1_020, 1_021, 1_024, 5_000]) {
  test(`the digest of a key of ${length} letters is HMAC-SHA-256`, () => {
    const text = 'k'.repeat(length);
    assert.equal(digestOf(pepper, text), hmac(pepper, text));
  });
}

for (const length of [0, 1, 63, 64, 65, 200]) {
  test(`a pepper of ${length} bytes keys the HMAC as RFC 2104 says`, () => {
    const secret = Buffer.alloc(length, 0xa7);
    assert.equal(digestOf(secret, key), hmac(secret, key));
  });
}

test('one digest does not rub off on the next, whatever their lengths and alphabets', () => {
  const digests = new KeyDigest(pepper);
  for (const text of [
    'k'.repeat(900),
    'short',
    '\u00e9'.repeat(511),
    '\u{1f511}'.repeat(256),
    'k'.repeat(3_000),
    'x',
  ]) {
    assert.equal(
      Buffer.from(digests.of(text), 'latin1').toString('hex'),
      hmac(pepper, text),
      text.slice(0, 8),
    );
  }
});

test('a new key is sb-, 43 random characters and 6 that check them', () => {
  assert.match(key, /^sb-[\w-]{43}[\w-]{6}$/);
  assert.equal(shapeOf(key), 'whole');
  assert.notEqual(newKey(Buffer.alloc(32, 8)), key);
  assert.throws(() => newKey(Buffer.alloc(31)), RangeError);
});

test('every single changed character of a key is noticed', () => {
  for (let at = 3; at < key.length; at += 1) {
    const other = key[at] === 'A' ? 'B' : 'A';
    assert.equal(shapeOf(key.slice(0, at) + other + key.slice(at + 1)), 'broken', `character ${at}`);
  }
});

const presented: readonly [why: string, headers: WireHeaders, expected: string][] = [
  ['a bearer key', { authorization: `Bearer ${key}` }, 'ci'],
  ['the scheme in any case', { authorization: `bEARER   ${key} ` }, 'ci'],
  ['x-api-key', { 'x-api-key': key }, 'ci'],
  ['api-key', { 'api-key': key }, 'ci'],
  ['x-goog-api-key', { 'x-goog-api-key': key }, 'ci'],
  ['the same key twice', { authorization: `Bearer ${key}`, 'x-api-key': key }, 'ci'],
  ['an empty header beside a key', { authorization: `Bearer ${key}`, 'x-api-key': '' }, 'ci'],
  [
    'two different keys',
    { authorization: `Bearer ${key}`, 'x-api-key': 'another key of ours' },
    '401 The call carries two different keys. Send one key, in one of the headers authorization, x-api-key, api-key and x-goog-api-key.',
  ],
  [
    'two different keys in the two plain headers',
    { 'x-api-key': key, 'api-key': 'another key of ours' },
    '401 The call carries two different keys. Send one key, in one of the headers authorization, x-api-key, api-key and x-goog-api-key.',
  ],
  [
    'no key',
    {},
    '401 The call carries no key. Send it as "authorization: Bearer <key>" or as "x-api-key: <key>".',
  ],
  [
    'another scheme',
    { authorization: 'Basic dXNlcjpwYXNz' },
    '401 The authorization header holds no bearer key. Send it as "authorization: Bearer <key>" or as "x-api-key: <key>".',
  ],
  [
    'a bearer without a key',
    { authorization: 'Bearer   ' },
    '401 The authorization header holds no bearer key. Send it as "authorization: Bearer <key>" or as "x-api-key: <key>".',
  ],
  [
    'a bearer of one letter',
    { authorization: 'Bearer x' },
    "401 That key is not one of this gateway's. Use a key that this gateway's operator has issued.",
  ],
  [
    'a whole key nobody issued',
    { 'x-api-key': newKey(Buffer.alloc(32, 9)) },
    "401 That key is not one of this gateway's. It may have been revoked. Use a key that this gateway's operator has issued.",
  ],
  [
    'a key with its end cut off',
    { 'x-api-key': key.slice(0, -1) },
    "401 That key is not one of this gateway's. It is mistyped or cut off. Copy it again, whole.",
  ],
  [
    "a vendor's credential",
    { 'x-api-key': `sk-${'0'.repeat(48)}` },
    "401 That key is not one of this gateway's. It looks like a vendor's own credential, which stays with the gateway. Use a key that this gateway's operator has issued.",
  ],
  [
    'anything else',
    { 'x-api-key': 'correct horse battery staple' },
    "401 That key is not one of this gateway's. Use a key that this gateway's operator has issued.",
  ],
  [
    'a key of a megabyte',
    { 'x-api-key': 'k'.repeat(1_000_000) },
    "401 That key is not one of this gateway's. Use a key that this gateway's operator has issued.",
  ],
];

for (const [why, headers, expected] of presented) {
  test(`resolving a caller by ${why}`, () => assert.equal(outcome(headers), expected));
}

test('no error repeats the key it was given', () => {
  for (const [, headers] of presented) {
    const resolved = resolveCaller(headers, '127.0.0.1', ring());
    if (!('error' in resolved)) continue;
    for (const value of Object.values(headers)) {
      if (value.length > 8) assert.ok(!resolved.error.text.includes(value.slice(-12)), value.slice(0, 40));
    }
  }
});

test('an operator may choose a key of 16 characters, even one that looks like a vendor’s, but not of 15', () => {
  const chosen = ['sk-0123456789abc', 'sb-my-own-words!'];
  for (const text of chosen) {
    assert.equal(text.length, 16);
    assert.equal(outcome({ 'x-api-key': text }, ring([record({ digest: digestOf(pepper, text) })])), 'ci');
  }
  const short = 'fifteen letters';
  const keys = ring([record({ digest: digestOf(pepper, short) })]);
  assert.match(outcome({ 'x-api-key': short }, keys), /^401 /);
});

test('the longest key that works has 512 characters', () => {
  for (const length of [512, 513]) {
    const text = 'k'.repeat(length);
    const found = outcome({ 'x-api-key': text }, ring([record({ digest: digestOf(pepper, text) })]));
    assert.match(found, length === 512 ? /^ci$/ : /^401 /);
  }
});

test('a record whose digest agrees in its first half only is another key', () => {
  const digest = digestOf(pepper, key);
  const near = record({ name: 'near', digest: digest.slice(0, 32) + '0'.repeat(32) });
  assert.match(outcome({ 'x-api-key': key }, ring([near])), /^401 /);
  assert.equal(outcome({ 'x-api-key': key }, ring([near, record()])), 'ci');
});

test('a record without a whole digest is refused when the ring is made, not when somebody calls', () => {
  assert.throws(() => ring([record({ digest: 'abcd' })]), /key "ci" is not 64 hex digits/);
});

test('the same key under another pepper is unknown', () => {
  const other = createKeyRing({ pepper: Buffer.from('other'), records: [record()], clock: new FakeClock() });
  assert.match(outcome({ 'x-api-key': key }, other), /^401 /);
});

test('a key works until the millisecond it expires', () => {
  const clock = new FakeClock();
  const keys = ring([record({ expires: clock.wall() + 1_000 })], clock);
  clock.advance(999);
  assert.equal(outcome({ 'x-api-key': key }, keys), 'ci');
  clock.advance(1);
  assert.equal(
    outcome({ 'x-api-key': key }, keys),
    '401 The key "ci" has expired. Ask the operator of this gateway for a new one.',
  );
});

const peers: readonly [peer: string, loopback: boolean][] = [
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['::FFFF:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['127.0.0.1.example.org', false],
  ['1127.0.0.1', false],
  ['::', false],
  ['', false],
];

for (const [peer, loopback] of peers) {
  test(`"${peer}" is ${loopback ? '' : 'not '}this machine`, () => {
    assert.equal(isLoopback(peer), loopback);
    const found = outcome({ 'x-api-key': key }, ring([record({ loopbackOnly: true })]), peer);
    assert.match(found, loopback ? /^ci$/ : /^403 "ci" works on the gateway's own machine only\./);
  });
}

test('a ring without records refuses everybody', () => {
  assert.match(outcome({ 'x-api-key': key }, ring([])), /^401 /);
  assert.match(outcome({}, ring([])), /^401 /);
});

const patterns: readonly [
  patterns: readonly string[] | undefined,
  name: string,
  fits: boolean,
  why: string,
][] = [
  [undefined, 'fast', true, 'no list allows everything'],
  [[], 'fast', false, 'an empty list allows nothing'],
  [['*'], 'fast', true, 'a star alone allows everything'],
  [['fast'], 'fast', true, 'an exact name'],
  [['fast'], 'faster', false, 'an exact name is not a beginning'],
  [['fa*'], 'fast', true, 'a beginning'],
  [['fa*'], 'afast', false, 'a beginning is at the beginning'],
  [['*st'], 'fast', true, 'an end'],
  [['*st'], 'fasts', false, 'an end is at the end'],
  [['here/*-8b'], 'here/llama-8b', true, 'a middle'],
  [['ab*ba'], 'aba', false, 'beginning and end may not share letters'],
  [['a*b*c'], 'a-b-c', true, 'several stars'],
  [['a*b*c'], 'a-c-b', false, 'in this order only'],
  [['a*bc*c'], 'abc', false, 'a middle piece and the end may not share letters'],
  [['a*x*c'], 'abc', false, 'a middle piece has to be there'],
  [['*fast*'], 'fast', true, 'stars may stand for nothing'],
  [['fa*st'], 'fast', true, 'in the middle as well'],
  [['a*b*c'], 'abc', true, 'and everywhere at once'],
  [['a.c'], 'abc', false, 'a dot is a dot'],
  [['slow', 'fa*'], 'fast', true, 'any of several'],
];

for (const [list, name, fits, why] of patterns) {
  test(`names a key may use: ${why}`, () => assert.equal(nameTest(list)(name), fits));
}

test("who sends no key is told the header of the dialect's own clients first", () => {
  const resolved = resolveCaller({}, '127.0.0.1', ring([]), 'x-goog-api-key');
  assert.ok('error' in resolved);
  assert.equal(
    resolved.error.detail.remedy,
    'Send it as "x-goog-api-key: <key>" or as "authorization: Bearer <key>".',
  );
});
