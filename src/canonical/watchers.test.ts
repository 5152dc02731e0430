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

test('an upstream may fill an event or a body with 1000 fields and no more', () => {
  assert.deepEqual(watched(true, `data: ${wide(1_000)}\n\n`), { kinds: ['content'], fault: undefined });
  assert.deepEqual(watched(false, wide(1_000)), { kinds: ['terminal'], fault: undefined });
  for (const [stream, count] of [
    [true, 1_001],
    [true, 80_000],
    [false, 1_001],
    [false, 80_000],
  ] as const) {
    const wire = stream ? `data: ${wide(count)}\n\n` : wide(count);
    const { kinds, fault } = watched(stream, wire);
    assert.deepEqual(kinds, []);
    assert.equal(fault?.code, 'upstream_garbled');
    assert.match(fault?.message ?? '', /more than 1000 fields/);
  }
});
