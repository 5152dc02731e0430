import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayError } from './errors.ts';
import type { FrameKind } from './protocol.ts';
import { BodyWatcher, type EventReader, StreamWatcher } from './watchers.ts';

/** A dialect in which every event is content, and all of it plain. */
const reader: EventReader = {
  usage: undefined,
  started: true,
  finished: false,
  closing: Buffer.alloc(0),
  isPlain: () => true,
  read: () => 'content',
};

function watched(stream: boolean, wire: string) {
  const kinds: FrameKind[] = [];
  let fault: GatewayError | undefined;
  const output = {
    frame: (_bytes: Buffer, kind: FrameKind) => void kinds.push(kind),
    fault: (error: GatewayError) => {
      fault ??= error;
    },
  };
  const watcher = stream
    ? new StreamWatcher(reader, output)
    : new BodyWatcher(() => ({ usage: undefined }), output);
  watcher.push(Buffer.from(wire));
  if (!stream) watcher.end();
  return { kinds, fault };
}

const wide = (count: number): string =>
  `{${Array.from({ length: count }, (_, at) => `"${at.toString(36)}x":1`).join()}}`;

test('an event needs no space behind its colon, named or not, and must be JSON all the same', () => {
  const kinds: FrameKind[] = [];
  const closely: EventReader = { ...reader, read: () => assert.fail('This is plain.') };
  const faults: string[] = [];
  const watcher = new StreamWatcher(closely, {
    frame: (_bytes, kind) => kinds.push(kind),
    fault: (error) => faults.push(error.code),
  });
  watcher.push(Buffer.from('data:{"a":1}\n\nevent: x\ndata:{"b":2}\n\n'));
  assert.deepEqual([kinds, watcher.pieces], [['content'], 2]);
  watcher.push(Buffer.from('data:{"a":1\n\n'));
  assert.deepEqual(faults, ['upstream_garbled']);
});

test('an upstream may fill a body with 1000 fields and no more; an event, which is never searched, with any', () => {
  assert.deepEqual(watched(true, `data: ${wide(80_000)}\n\n`), { kinds: ['content'], fault: undefined });
  assert.deepEqual(watched(false, wide(1_000)), { kinds: ['terminal'], fault: undefined });
  for (const count of [1_001, 80_000]) {
    const { kinds, fault } = watched(false, wide(count));
    assert.deepEqual(kinds, []);
    assert.equal(fault?.code, 'upstream_garbled');
    assert.match(fault?.message ?? '', /more than 1000 fields/);
  }
});

test('an unstreamed reply may be 64 MB and 512 levels deep, and no more', () => {
  const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
  assert.deepEqual(watched(false, nested(512)).kinds, ['terminal']);
  assert.match(watched(false, nested(513)).fault?.message ?? '', /not a complete JSON object/);

  const faults: string[] = [];
  const judge = () => ({ usage: undefined });
  const body = new BodyWatcher(judge, {
    frame: () => assert.fail('This is no answer.'),
    fault: (error) => faults.push(error.message),
  });
  const megabyte = Buffer.alloc(2 ** 20, ' ');
  for (let count = 0; count < 64; count += 1) body.push(megabyte);
  assert.deepEqual(faults, []);
  for (let count = 0; count < 3; count += 1) body.push(Buffer.from(' '));
  body.end();
  assert.deepEqual(faults, ["The upstream's reply cannot be read: its body is larger than 67108864 bytes."]);
});
