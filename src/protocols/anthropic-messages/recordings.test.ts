// Replies as Anthropic really sent them, and some of our own: decoded, checked for order, encoded again and
// decoded again.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { joined, joinedValues, orderFaults } from '../../../test/testkit/reply-events.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { createDecoder } from './decode-reply.ts';
import { createEncoder } from './encode-reply.ts';

const own = 'test/fixtures/wire/anthropic-messages';
const folder = '../shared/fixtures/wire/anthropic';
const missing = existsSync(folder) ? false : `${folder} missing`;
const recorded = missing === false ? readdirSync(folder) : [];
const paths = [
  ...readdirSync(own)
    .filter((name) => !name.startsWith('error'))
    .map((name) => join(own, name)),
  ...recorded.map((name) => join(folder, name)),
];

function decode(stream: boolean, text: string): ReplyEvent[] {
  const out: ReplyEvent[] = [];
  createDecoder(stream, (event) => out.push(event)).push(Buffer.from(text));
  return out;
}

function encode(stream: boolean, events: readonly ReplyEvent[]): string {
  const encoder = createEncoder({
    stream,
    includeUsage: true,
    created: 0,
    callId: 'c',
    operation: 'chat' as const,
  });
  const text = events.map((event) => encoder.event(event)).join('');
  assert.deepEqual(encoder.ledger.entries, [], 'a dialect can say what it said');
  return text;
}

/** One recording may hold several replies, one after the other. */
function streams(path: string): string[] {
  const replies: string[] = [];
  let events = '';
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    const { type } = JSON.parse(line) as { type: string };
    events += `event: ${type}\ndata: ${line}\n\n`;
    if (type === 'message_stop') {
      replies.push(events);
      events = '';
    }
  }
  return events === '' ? replies : [...replies, events];
}

test('there are recordings to replay', { skip: missing }, () => {
  assert.ok(recorded.length > 30);
});

for (const path of paths.filter((name) => name.endsWith('.chunks.txt'))) {
  const file = basename(path);
  if (file.startsWith('spliced')) continue;
  test(`streamed: ${file}`, () => {
    for (const reply of streams(path)) {
      const events = decode(true, reply);
      assert.deepEqual(orderFaults(events), []);
      const again = decode(true, encode(true, events));
      assert.deepEqual(orderFaults(again), []);
      assert.deepEqual(joined(again), joined(events), 'streamed again');
      const whole = decode(false, encode(false, events));
      assert.deepEqual(orderFaults(whole), []);
      assert.deepEqual(joinedValues(whole), joinedValues(events), 'as a whole body');
    }
  });
}

for (const path of paths.filter((name) => name.endsWith('.json'))) {
  test(`whole: ${basename(path)}`, () => {
    const body = readFileSync(path, 'utf8');
    const events = decode(false, body);
    assert.deepEqual(orderFaults(events), []);
    const message = JSON.parse(body) as JsonObject;
    const again = JSON.parse(encode(false, events)) as JsonObject;
    assert.deepEqual(again.content, message.content);
    for (const field of [
      'id',
      'model',
      'role',
      'type',
      'stop_reason',
      'stop_sequence',
      'container',
    ] as const) {
      assert.deepEqual(again[field] ?? null, message[field] ?? null, field);
    }
    for (const [field, value] of Object.entries(message.usage as JsonObject)) {
      if (value === null || field === 'output_tokens_details') continue;
      assert.deepEqual((again.usage as JsonObject)[field], value, field);
    }
    assert.deepEqual(joined(decode(true, encode(true, events))), joined(events), 'streamed');
  });
}

test('a reply that began anew in the middle is not passed off as one', { skip: missing }, () => {
  const [spliced = ''] = streams(join(folder, 'spliced-message-start.chunks.txt'));
  const events = decode(true, spliced);
  const last = events.at(-1);
  assert.equal(last?.type === 'error' ? last.error.code : '', 'upstream_garbled');
  assert.equal(events.filter((event) => event.type === 'start').length, 1);
  assert.ok(!JSON.stringify(events).includes('toolu_second'));
});

test('our own replies, read: a stream and its whole body say the same', () => {
  for (const name of ['text', 'tools', 'reasoning']) {
    const [stream = ''] = streams(join(own, `${name}.chunks.txt`));
    const body = readFileSync(join(own, `${name}.json`), 'utf8');
    assert.deepEqual(joinedValues(decode(true, stream)), joinedValues(decode(false, body)), name);
  }
});

test('a stream that breaks off with an error keeps what was said and ends in it', () => {
  const [failed = ''] = streams(join(own, 'error.chunks.txt'));
  const events = decode(true, failed);
  assert.ok(events.some((event) => event.type === 'delta' && event.text === 'The points'));
  const last = events.at(-1);
  assert.equal(last?.type === 'error' ? last.error.code : '', 'upstream_overloaded');
});
