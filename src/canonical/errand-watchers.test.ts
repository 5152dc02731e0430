import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrandDialect } from './errand.ts';
import { type ErrandShape, shapeOf, watchErrand } from './errand-watchers.ts';
import { GatewayError } from './errors.ts';
import { noUsage, tokenCount } from './usage.ts';
import { BodyOutline } from './watchers.ts';

const dialect: ErrandDialect = {
  media: true,
  judgeEvent: (event) =>
    event['bad'] === true
      ? new GatewayError('upstream_fault', 'Bad.')
      : {
          usage:
            event['usage'] === undefined ? undefined : { ...noUsage, fresh: tokenCount(event['usage']) ?? 0 },
        },
};

function watched(shape: ErrandShape, pieces: readonly string[], by: ErrandDialect = dialect) {
  const frames: string[] = [];
  const kinds: string[] = [];
  const faults: string[] = [];
  const watcher = watchErrand(by, shape, {
    frame: (bytes, kind) => {
      frames.push(bytes.toString());
      kinds.push(kind);
    },
    fault: (error) => faults.push(error.code),
  });
  for (const piece of pieces) watcher.push(Buffer.from(piece));
  watcher.end();
  return { text: frames.join(''), kinds, faults, fresh: watcher.usage?.fresh };
}

test('what an answer looks like is what its media type says, where it may be anything', () => {
  assert.equal(shapeOf(dialect, 'text/event-stream; charset=utf-8'), 'events');
  assert.equal(shapeOf(dialect, 'application/json'), 'json');
  for (const type of ['audio/mpeg', 'text/plain', '']) assert.equal(shapeOf(dialect, type), 'bytes');
  for (const type of ['text/html', 'text/event-stream', '']) assert.equal(shapeOf({}, type), 'json');
});

test('bytes go on as they come, and end when the upstream ends', () => {
  const { text, kinds } = watched('bytes', ['ID3', '\0\n\n']);
  assert.equal(text, 'ID3\0\n\n');
  assert.deepEqual(kinds, ['content', 'content', 'terminal']);
});

const events = 'event: a\ndata: {"usage":1}\n\ndata: [DONE]\n\ndata: {"text":"\\"error\\"","usage":7}\n\n';

test('events are cut whole wherever the bytes are, and the last usage counts', () => {
  for (let at = 0; at <= events.length; at += 1) {
    const { text, kinds, fresh, faults } = watched('events', [events.slice(0, at), events.slice(at)]);
    assert.equal(text, events);
    assert.equal(kinds.at(-1), 'terminal');
    assert.equal(fresh, 7);
    assert.deepEqual(faults, []);
  }
});

test('an event that says it failed ends the answer, and nothing follows', () => {
  const { faults, kinds } = watched('events', [
    'data: {"a":1}\n\n',
    'data: {"bad":true,"error":1}\n\n',
    events,
  ]);
  assert.deepEqual(faults, ['upstream_fault']);
  assert.deepEqual(kinds, ['content']);
});

test('events that end within one are broken off', () => {
  assert.deepEqual(watched('events', ['data: {"a":1}\n\nda']).faults, ['upstream_garbled']);
});

test('a bare list is an answer only where the dialect has such', () => {
  assert.deepEqual(watched('json', [' [1,', '2]'], { lists: true }).kinds, ['terminal']);
  assert.deepEqual(watched('json', ['[1,2'], { lists: true }).faults, ['upstream_garbled']);
  assert.deepEqual(watched('json', ['[1,2]'], {}).faults, ['upstream_garbled']);
  assert.deepEqual(watched('json', ['{"a":1}'], { lists: true }).kinds, ['terminal']);
});

test('elements of a list are counted without being read', () => {
  const outline = new BodyOutline(Buffer.from('{"a":[1,{"b":[2,"],"]},"c"],"d":[ ],"e":{}}'));
  assert.deepEqual(
    ['a', 'd', 'e', 'f'].map((name) => outline.length(name)),
    [3, 0, undefined, undefined],
  );
});
