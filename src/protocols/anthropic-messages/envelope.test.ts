import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { anthropicMessages } from './index.ts';

const quirks: Quirks = { messagesVersion: 'vendor-1', sealedOrigin: 'anthropic' };
const chat: JsonObject = {
  model: 'smart',
  max_tokens: 5,
  stream: true,
  messages: [{ role: 'user', content: 'hi' }],
  news: { unknown: 1 },
};

function passedOn(body: JsonObject, own: Quirks, headers: WireHeaders = {}): JsonObject {
  const bytes = Buffer.from(JSON.stringify(body));
  const wire = new CallWire(anthropicMessages, 'chat', bytes, scanObject(bytes, 100));
  const pieces = wire.splice(anthropicMessages.upstreamEdits(wire, own, headers));
  return JSON.parse(Buffer.concat(pieces as Buffer[]).toString()) as JsonObject;
}

test('in an envelope the body states the version, and neither model nor stream', () => {
  assert.deepEqual(passedOn(chat, quirks), {
    max_tokens: 5,
    messages: chat.messages,
    news: { unknown: 1 },
    anthropic_version: 'vendor-1',
  });
});

test("the note for the vendor of the dialect stays out of another one's envelope", () => {
  const note = { type: 'text', text: 'x-anthropic-billing-header: cch=1;' };
  const rules = { type: 'text', text: 'Be brief.' };
  assert.deepEqual(passedOn({ ...chat, system: [note, rules] }, quirks)['system'], [rules]);
});

test('without one nothing is changed', () => {
  assert.deepEqual(passedOn(chat, { sealedOrigin: 'anthropic' }, { 'anthropic-beta': 'a' }), chat);
});

const betas: readonly (readonly [
  why: string,
  header: string | undefined,
  own: readonly string[] | undefined,
  known: readonly string[] | undefined,
  sent: readonly string[] | undefined,
])[] = [
  ['none', undefined, undefined, undefined, undefined],
  ['those of the header', 'a-1, b-2', undefined, undefined, ['a-1', 'b-2']],
  ['those of the body stay, each once', 'a-1', ['a-1', 'c-3'], undefined, ['a-1', 'c-3']],
  ['only those the vendor knows', 'a-1,b-2', ['c-3'], ['b-', 'c-'], ['b-2', 'c-3']],
  ['none that the vendor knows', 'a-1', ['a-2'], ['b-'], undefined],
];

for (const [why, header, own, known, sent] of betas) {
  test(`betas in an envelope: ${why}`, () => {
    const body = own === undefined ? chat : { ...chat, anthropic_beta: own };
    const told = known === undefined ? quirks : { ...quirks, betas: known };
    const headers: WireHeaders = header === undefined ? {} : { 'anthropic-beta': header };
    assert.deepEqual(passedOn(body, told, headers)['anthropic_beta'], sent);
  });
}

test('in an envelope no header states version or betas', () => {
  const caller = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a' };
  assert.deepEqual(anthropicMessages.upstreamHeaders(caller, new Set(), quirks), {});
});

test('a call written anew goes into the envelope, too', () => {
  const content = anthropicMessages.decodeCall(chat, 'chat');
  const { body, headers } = anthropicMessages.encodeCall(content, {
    model: 'claude-sonnet-4-5',
    ledger: new Ledger(),
    quirks,
    facts: undefined,
    operation: 'chat',
  });
  assert.deepEqual(headers, {});
  assert.equal(body['anthropic_version'], 'vendor-1');
  assert.equal('model' in body || 'stream' in body, false);
});
