// Replies as the service really sent them: watched, decoded, checked for order, encoded again and decoded again.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinedValues, orderFaults } from '../../../test/testkit/reply-events.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { createDecoder } from './decode-reply.ts';
import { createEncoder } from './encode-reply.ts';
import { type EventType, eventMessage } from './messages.ts';
import { watchConverse } from './watch.ts';

const folder = '../shared/fixtures/wire/amazon-bedrock';
const missing = existsSync(folder) ? false : `${folder} missing`;
const names = missing === false ? readdirSync(folder) : [];

interface Seen {
  readonly kinds: readonly FrameKind[];
  readonly bytes: Buffer;
  readonly events: readonly ReplyEvent[];
  readonly usage: number | undefined;
}

function readAlong(stream: boolean, pieces: readonly Buffer[]): Seen {
  const kinds: FrameKind[] = [];
  const frames: Buffer[] = [];
  const events: ReplyEvent[] = [];
  const decoder = createDecoder(stream, (event) => events.push(event));
  const watcher = watchConverse(stream, {
    frame: (bytes, kind) => {
      kinds.push(kind);
      frames.push(Buffer.from(bytes));
      decoder.push(bytes);
    },
    fault: (error) => assert.fail(error),
  });
  for (const piece of pieces) watcher.push(piece);
  watcher.end();
  return { kinds, bytes: Buffer.concat(frames), events, usage: watcher.usage?.output };
}

function encode(stream: boolean, events: readonly ReplyEvent[]): Buffer {
  const encoder = createEncoder({ stream, includeUsage: true, created: 0, callId: 'c', operation: 'chat' });
  const text = events.map((event) => encoder.event(event)).join('');
  assert.deepEqual(encoder.ledger.entries, [], 'a dialect can say what it said');
  return Buffer.from(text, stream ? 'latin1' : 'utf8');
}

/** One line, one event: its type is the one field it has. */
function streamOf(file: string): Buffer {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  return Buffer.concat(
    lines
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [[type, fields]] = Object.entries(JSON.parse(line) as JsonObject) as [[EventType, Json]];
        return eventMessage(type, JSON.stringify(fields));
      }),
  );
}

/** The encoder states usage even where none was told. */
function withoutUsage(events: readonly Json[]): Json[] {
  return events.filter((event) => (event as JsonObject)['type'] !== 'usage');
}

test('there are recordings to replay', { skip: missing }, () => {
  assert.ok(names.length > 10);
});

for (const file of names.filter((name) => name.endsWith('.chunks.txt'))) {
  test(`streamed: ${file}`, () => {
    const bytes = streamOf(file);
    const seen = readAlong(true, [bytes]);
    assert.deepEqual(orderFaults(seen.events), []);
    assert.equal(seen.kinds.at(-1), 'terminal');
    const told = seen.usage !== undefined;
    // Where usage was never told, an end is added that says so.
    assert.ok(told ? seen.bytes.equals(bytes) : seen.bytes.subarray(0, bytes.length).equals(bytes));
    const plain = told ? joinedValues : (events: readonly ReplyEvent[]) => withoutUsage(joinedValues(events));
    const again = readAlong(true, [encode(true, seen.events)]);
    assert.deepEqual(orderFaults(again.events), []);
    assert.deepEqual(plain(again.events), plain(seen.events), 'streamed again');
    const whole = readAlong(false, [encode(false, seen.events)]);
    assert.deepEqual(orderFaults(whole.events), []);
    assert.deepEqual(plain(whole.events), plain(seen.events), 'as a whole body');
  });

  test(`streamed, cut anywhere: ${file}`, () => {
    const bytes = streamOf(file);
    const whole = readAlong(true, [bytes]);
    for (let at = 1; at < bytes.length; at += 1) {
      const cut = readAlong(true, [bytes.subarray(0, at), bytes.subarray(at)]);
      assert.ok(cut.bytes.equals(whole.bytes), `cut at ${at}`);
      assert.deepEqual(cut.events, whole.events, `cut at ${at}`);
    }
  });

  test(`streamed, with its padding: ${file}`, () => {
    const events: ReplyEvent[] = [];
    const decoder = createDecoder(true, (event) => events.push(event));
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    for (const line of lines.filter((one) => one.trim() !== '')) {
      const [[type, fields]] = Object.entries(JSON.parse(line) as JsonObject) as [[EventType, JsonObject]];
      const { contentBlockIndex, delta, ...rest } = fields;
      const ordered = delta === undefined ? fields : { contentBlockIndex, delta, ...rest };
      decoder.push(eventMessage(type, JSON.stringify({ ...ordered, p: 'abcdefghijkl' })));
    }
    if (events.at(-1)?.type !== 'end') decoder.push(eventMessage('metadata', '{}'));
    assert.deepEqual(joinedValues(events), joinedValues(readAlong(true, [streamOf(file)]).events));
  });
}

for (const file of names.filter((name) => name.endsWith('.json'))) {
  test(`whole: ${file}`, () => {
    const recorded = readFileSync(join(folder, file), 'utf8');
    const seen = readAlong(false, [Buffer.from(recorded)]);
    assert.deepEqual(orderFaults(seen.events), []);
    const body = JSON.parse(recorded) as JsonObject;
    const again = JSON.parse(encode(false, seen.events).toString()) as JsonObject;
    assert.deepEqual(again['output'], withoutTypes(body['output'] ?? {}));
    assert.equal(again['stopReason'], body['stopReason']);
    for (const [field, value] of Object.entries(body['usage'] as JsonObject)) {
      // Some counters the service states twice.
      if (field.endsWith('Count')) continue;
      assert.deepEqual((again['usage'] as JsonObject)[field], value, field);
    }
    assert.deepEqual(
      joinedValues(readAlong(true, [encode(true, seen.events)]).events),
      joinedValues(seen.events),
      'streamed',
    );
  });
}

/** Some recordings carry a type beside the text, as the service itself does not. */
function withoutTypes(value: Json): Json {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    key === 'type' && inner === 'text' ? undefined : inner,
  ) as Json;
}

test('a recording whose checksum was broken is garbled', { skip: missing }, () => {
  const bytes = streamOf('amazon-bedrock-reasoning.chunks.txt');
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  let fault: GatewayError | undefined;
  const watcher = watchConverse(true, {
    frame: (_bytes, kind) => assert.notEqual(kind, 'terminal'),
    fault: (error) => {
      fault = error;
    },
  });
  watcher.push(bytes);
  watcher.end();
  assert.ok(fault instanceof GatewayError && fault.code === 'upstream_garbled');
});
