import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type AdmittedOptions,
  fakeAdmitted,
  fakeCaller,
  fakeProtocol,
  fakeVirtual,
} from '../../../test/testkit/flow-doubles.ts';
import { keyOf } from './key.ts';

const face = fakeProtocol({ id: 'plain', forwardHeaders: ['x-beta'] });
const body = '{"model":"fast","messages":[{"role":"user","content":"Hello"}],"temperature":0}';

function key(options: AdmittedOptions = {}): string {
  return keyOf(fakeAdmitted({ face, body, ...options }));
}

const different: readonly [what: string, options: AdmittedOptions][] = [
  ['another tenant', { caller: fakeCaller({ tenant: 'other' }) }],
  ['another dialect', { face: fakeProtocol({ id: 'other', forwardHeaders: ['x-beta'] }) }],
  ['another virtual model', { virtual: fakeVirtual({ name: 'slow' }) }],
  ['a virtual model that changed', { virtual: fakeVirtual({ fingerprint: 'v2' }) }],
  ['refusing what translation would lose', { strict: true }],
  ['a header that goes along to the upstream', { headers: { 'x-beta': 'new-tricks' } }],
  ['another name for the model', { body: body.replace('fast', 'quick') }],
  ['another message', { body: body.replace('Hello', 'hello') }],
  ['another role', { body: body.replace('user', 'system') }],
  ['another temperature', { body: body.replace(':0}', ':1}') }],
  ['one parameter more', { body: body.replace(':0}', ':0,"seed":1}') }],
  ['one parameter less', { body: body.replace(',"temperature":0', '') }],
  ['a parameter under another name', { body: body.replace('temperature', 'temperaturf') }],
  ['a space inside a value', { body: body.replace('{"role"', '{ "role"') }],
  ['a value of another type', { body: body.replace(':0}', ':"0"}') }],
];

for (const [what, options] of different) {
  test(`${what} is another call`, () => assert.notEqual(key(options), key()));
}

const same: readonly [what: string, options: AdmittedOptions][] = [
  ['another key of the same tenant', { caller: fakeCaller({ key: 'key-2', user: 'bob', project: 'other' }) }],
  ['another call id and peer', { id: 'call-2', peer: '10.0.0.1' }],
  ['streaming', { body: body.replace(':0}', ':0,"stream":true}') }],
  [
    'streaming options',
    { body: body.replace(':0}', ':0,"stream":true,"stream_options":{"include_usage":true}}') },
  ],
  [
    'fields in another order',
    { body: '{"temperature":0,"messages":[{"role":"user","content":"Hello"}],"model":"fast"}' },
  ],
  ['space between the fields', { body: body.replace(',"temperature":', ' ,\n "temperature" : ') }],
  ['a header that stays here', { headers: { 'x-request-id': '1' } }],
];

for (const [what, options] of same) {
  test(`${what} is the same call`, () => assert.equal(key(options), key()));
}

test('values cannot be shifted from one field into the next', () => {
  assert.notEqual(key({ body: '{"a":1,"b":23}' }), key({ body: '{"a":12,"b":3}' }));
  assert.notEqual(key({ body: '{"a":"x","b":""}' }), key({ body: '{"a":"","b":"x"}' }));
});

test('neither can tenant and model', () => {
  const one = { caller: fakeCaller({ tenant: 'a' }), virtual: fakeVirtual({ name: 'bc' }) };
  const two = { caller: fakeCaller({ tenant: 'ab' }), virtual: fakeVirtual({ name: 'c' }) };
  assert.notEqual(key(one), key(two));
});

test('bodies around and beyond the scratch room: length and every byte count', () => {
  const seen = new Set<string>();
  for (const length of [60_000, 65_400, 65_500, 65_536, 70_000, 1_000_000]) {
    for (const last of ['a', 'b']) seen.add(key({ body: `{"p":"${'x'.repeat(length)}${last}"}` }));
  }
  assert.equal(seen.size, 12);
});

test('a long call leaves no trace in the key of a short one', () => {
  const before = key();
  key({ body: `{"p":"${'x'.repeat(50_000)}"}` });
  assert.equal(key(), before);
});

test('names beyond ASCII count in full', () => {
  assert.notEqual(key({ body: '{"ключ":1}' }), key({ body: '{"ключи":1}' }));
  assert.notEqual(key({ caller: fakeCaller({ tenant: 'ä' }) }), key({ caller: fakeCaller({ tenant: 'ö' }) }));
});
