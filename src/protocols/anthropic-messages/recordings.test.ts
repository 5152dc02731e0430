// Replies as Anthropic really sent them, and some of our own: decoded, checked for order, encoded again and
// decoded again.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../canonical/json.ts';
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

/** Fails unless blocks are strictly serial, numbered without gaps, one finish comes after them, end last. */
function checkOrder(events: readonly ReplyEvent[]): void {
  let open: number | undefined;
  let next = 0;
  let finished = 0;
  assert.equal(events[0]?.type, 'start');
  for (const [i, event] of events.entries()) {
    switch (event.type) {
      case 'open':
        assert.equal(open, undefined, 'a block opens inside another');
        assert.equal(finished, 0, 'a block opens after the finish');
        assert.equal(event.index, next, 'a number is left out');
        open = event.index;
        next += 1;
        break;
      case 'delta':
      case 'seal':
      case 'annotate':
        assert.equal(event.index, open, `${event.type} outside its block`);
        break;
      case 'close':
        assert.equal(event.index, open, 'another block closes');
        open = undefined;
        break;
      case 'finish':
        assert.equal(open, undefined, 'a block is left open');
        finished += 1;
        break;
      case 'end':
        assert.equal(i, events.length - 1, 'end is not last');
        break;
      case 'error':
        assert.fail(event.error.text);
    }
  }
  assert.equal(finished, 1);
  assert.equal(events.at(-1)?.type, 'end');
}

/** Adjacent deltas joined, and only the last word on usage: what a caller has in the end. */
function settled(events: readonly ReplyEvent[]): ReplyEvent[] {
  const out: ReplyEvent[] = [];
  const usage = events.filter((event) => event.type === 'usage').at(-1);
  for (const event of events) {
    const last = out.at(-1);
    if (event.type === 'usage' || event.type === 'ping') continue;
    if (event.type === 'delta' && last?.type === 'delta' && last.index === event.index) {
      out[out.length - 1] = { ...last, text: last.text + event.text };
    } else out.push(event);
  }
  return usage === undefined ? out : [...out, usage];
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
      checkOrder(events);
      const again = decode(true, encode(true, events));
      checkOrder(again);
      assert.deepEqual(settled(again), settled(events), 'streamed again');
      const whole = decode(false, encode(false, events));
      checkOrder(whole);
      assert.deepEqual(content(whole), content(events), 'as a whole body');
    }
  });
}

/** Arguments compared as values: a whole body holds an object where a stream holds its text. */
function content(events: readonly ReplyEvent[]): Json[] {
  const calls = new Set<number>();
  return settled(events).map((event) => {
    if (event.type === 'open' && event.block.type === 'tool_call') calls.add(event.index);
    if (event.type === 'delta' && calls.has(event.index)) return JSON.parse(event.text) as Json;
    return JSON.parse(JSON.stringify(event)) as Json;
  });
}

for (const path of paths.filter((name) => name.endsWith('.json'))) {
  test(`whole: ${basename(path)}`, () => {
    const body = readFileSync(path, 'utf8');
    const events = decode(false, body);
    checkOrder(events);
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
    assert.deepEqual(settled(decode(true, encode(true, events))), settled(events), 'streamed');
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
    assert.deepEqual(content(decode(true, stream)), content(decode(false, body)), name);
  }
});

test('a stream that breaks off with an error keeps what was said and ends in it', () => {
  const [failed = ''] = streams(join(own, 'error.chunks.txt'));
  const events = decode(true, failed);
  assert.ok(events.some((event) => event.type === 'delta' && event.text === 'The points'));
  const last = events.at(-1);
  assert.equal(last?.type === 'error' ? last.error.code : '', 'upstream_overloaded');
});
