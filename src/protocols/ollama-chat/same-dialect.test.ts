import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import type { Operation } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { idleReply } from './idle-reply.ts';
import { ollamaChat } from './index.ts';
import { isBare, prependSystem, upstreamEdits } from './same-dialect.ts';

function wireOf(text: string, operation: Operation = 'chat'): CallWire {
  const bytes = Buffer.from(text);
  return new CallWire(ollamaChat, operation, bytes, scanObject(bytes, 64));
}

function after(wire: CallWire, edits: ReturnType<typeof upstreamEdits>): string {
  return Buffer.concat(wire.splice(edits) as Buffer[]).toString();
}

/** As nobody would write it again: spaces, an escape, a number with a fraction. */
const odd = '"messages":[ {"role":"user", "content":"\\u00e9", "x":1.0 } ]';
const cut = '"truncate":false,"shift":false';
const window: Quirks = { contextWindow: 8192 };

const rows: readonly (readonly [why: string, quirks: Quirks, body: string, sent: string])[] = [
  ['nothing may be cut off in silence', {}, `{${odd}}`, `{${odd},${cut}}`],
  [
    'unless the caller says so',
    {},
    `{"truncate":true,"shift":true,${odd}}`,
    `{"truncate":true,"shift":true,${odd}}`,
  ],
  ['null says nothing', {}, `{"shift":null,${odd}}`, `{"shift":false,${odd},"truncate":false}`],
  ['the window is stated', window, `{${odd}}`, `{${odd},"options":{"num_ctx":8192},${cut}}`],
  [
    'in front of the caller’s options, whose bytes stay',
    window,
    `{"options": {"top_p" : 1.0},${odd}}`,
    `{"options": {"num_ctx":8192,"top_p" : 1.0},${odd},${cut}}`,
  ],
  ['among none', window, `{"options":{ },${odd}}`, `{"options":{"num_ctx":8192},${odd},${cut}}`],
  [
    'in the place of nothing',
    window,
    `{"options":null,${odd}}`,
    `{"options":{"num_ctx":8192},${odd},${cut}}`,
  ],
  [
    'in the place of a window of nothing',
    window,
    `{"options":{"num_ctx":null,"seed":1},${odd}}`,
    `{"options":{"num_ctx":8192,"seed":1},${odd},${cut}}`,
  ],
  [
    'unless the caller states one',
    window,
    `{"options":{"num_ctx":1},${odd}}`,
    `{"options":{"num_ctx":1},${odd},${cut}}`,
  ],
  [
    'options of another kind are the engine’s to refuse',
    window,
    `{"options":[],${odd}}`,
    `{"options":[],${odd},${cut}}`,
  ],
  ['how long to stay', { keepAlive: -1 }, `{${odd}}`, `{${odd},${cut},"keep_alive":-1}`],
  [
    'unless the caller says',
    { keepAlive: '1h' },
    `{"keep_alive":0,${odd}}`,
    `{"keep_alive":0,${odd},${cut}}`,
  ],
  ['a level the engine knows', {}, `{"think":"high",${odd}}`, `{"think":"high",${odd},${cut}}`],
  ['a level of others', {}, `{"think":"xhigh",${odd}}`, `{"think":"high",${odd},${cut}}`],
  ['no effort', {}, `{"think":"none",${odd}}`, `{"think":false,${odd},${cut}}`],
];

for (const [why, quirks, body, sent] of rows) {
  test(`same dialect: ${why}`, () => {
    const wire = wireOf(body);
    assert.equal(after(wire, upstreamEdits(wire, quirks)), sent);
  });
}

test('same dialect: what is known of the model goes before the general wish', () => {
  const wire = wireOf(`{${odd}}`);
  const edits = upstreamEdits(wire, window, {}, { model: 'm', facts: { id: 'm', contextWindow: 4096 } });
  assert.match(after(wire, edits), /"num_ctx":4096/);
});

const long = 'x'.repeat(100);
const prompts: readonly (readonly [why: string, operation: Operation, body: string, sent: string])[] = [
  ['a chat', 'chat', '{"messages":[{"a":1}]}', '{"messages":[{"role":"system","content":"S"},{"a":1}]}'],
  ['a wish to load stays one', 'chat', '{"messages":[]}', '{"messages":[]}'],
  ['even without messages', 'chat', '{"model":"m"}', '{"model":"m","messages":[]}'],
  ['a prompt', 'complete', `{"prompt":"${long}"}`, `{"prompt":"${long}","system":"S"}`],
  ['its own behind it', 'complete', '{"prompt":"p","system":"s"}', '{"prompt":"p","system":"S\\n\\ns"}'],
  [
    'a raw prompt has no other place',
    'complete',
    '{"prompt":"p","raw":true}',
    '{"prompt":"S\\n\\np","raw":true}',
  ],
  ['a wish to load in the other form', 'complete', '{"prompt":""}', '{"prompt":"","system":""}'],
];

for (const [why, operation, body, sent] of prompts) {
  test(`an operator's prompt in front of ${why}`, () => {
    const wire = wireOf(body, operation);
    assert.equal(after(wire, [prependSystem(wire, 'S')]), sent);
  });
}

test('a prompt is bare when it says so', () => {
  assert.equal(isBare(wireOf('{"prompt":"p","raw":true}', 'complete')), true);
  assert.equal(isBare(wireOf('{"prompt":"p"}', 'complete')), false);
});

const idle: readonly (readonly [
  why: string,
  operation: Operation,
  body: string,
  reason: string | undefined,
])[] = [
  ['messages', 'chat', '{"model":"m","messages":[{"role":"user"}]}', undefined],
  ['many messages', 'chat', `{"model":"m","messages":[{"content":"${long}"}]}`, undefined],
  ['no messages', 'chat', '{"model":"m","messages":[]}', 'load'],
  ['none in many words', 'chat', `{"model":"m","messages":[${' '.repeat(20)}]}`, 'load'],
  ['no field', 'chat', '{"model":"m"}', 'load'],
  ['null', 'chat', '{"model":"m","messages":null,"keep_alive":"5m"}', 'load'],
  ['unload: 0', 'chat', '{"model":"m","messages":[],"keep_alive":0}', 'unload'],
  ['unload: "0"', 'chat', '{"model":"m","messages":[],"keep_alive":"0"}', 'unload'],
  [
    'unload: 0s, as its Go client writes it',
    'chat',
    '{"model":"m","messages":[],"keep_alive":"0s"}',
    'unload',
  ],
  ['for ever', 'chat', '{"model":"m","messages":[],"keep_alive":-1}', 'load'],
  ['a prompt', 'complete', '{"model":"m","prompt":"p"}', undefined],
  ['no prompt', 'complete', '{"model":"m","prompt":""}', 'load'],
];

for (const [why, operation, body, reason] of idle) {
  test(`asks nothing? ${why}`, () => {
    const reply = idleReply(wireOf(body, operation), { created: 0 });
    const { done_reason, done, model } = JSON.parse(reply ?? '{}') as Record<string, unknown>;
    assert.equal(done_reason, reason);
    if (reason !== undefined) assert.deepEqual([done, model], [true, 'm']);
  });
}

test('no text has no vectors, in both forms', () => {
  const ask = (body: string) => idleReply(wireOf(body, 'embed'), { created: 0 });
  assert.equal(ask('{"model":"m","input":[]}'), '{"embeddings":[]}');
  assert.equal(ask('{"model":"m","input":""}'), '{"embeddings":[]}');
  assert.equal(ask('{"model":"m","prompt":""}'), '{"embedding":[]}');
  assert.equal(ask('{"model":"m","input":"a"}'), undefined);
});
