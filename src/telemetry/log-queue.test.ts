import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogQueue } from './log-queue.ts';

const MIB = 1024 * 1024;

function rig() {
  const pipe = { stuck: false, offers: 0, texts: [] as string[], redacted: 0 };
  const queue = new LogQueue({
    write(text) {
      pipe.offers += 1;
      if (pipe.stuck) return false;
      pipe.texts.push(text);
      return true;
    },
    redact(text) {
      pipe.redacted += text.length;
      return text.replaceAll('hunter2', '*******');
    },
    lost: (count) => `lost ${count}\n`,
  });
  return { pipe, queue };
}

test('lines wait for a flush, then leave together', () => {
  const { pipe, queue } = rig();
  queue.push('one\n');
  queue.push('two\n');
  assert.deepEqual(pipe.texts, []);
  queue.flush();
  queue.flush();
  assert.deepEqual(pipe.texts, ['one\ntwo\n'], 'nothing is written twice, nor nothing at all');
});

test('four kilobytes leave at once', () => {
  const { pipe, queue } = rig();
  queue.push('a'.repeat(4095));
  assert.equal(pipe.texts.length, 0);
  queue.push('b');
  assert.equal(pipe.texts.length, 1);
});

test('no line is split between two writes, and none is larger than a pipe takes in one piece', () => {
  const { pipe, queue } = rig();
  const line = `${'a'.repeat(1500)}\n`;
  for (let i = 0; i < 4; i += 1) queue.push(line);
  queue.flush();
  assert.deepEqual(pipe.texts, [line + line, line + line]);
});

test('everything is redacted on the way out', () => {
  const { pipe, queue } = rig();
  queue.push('password hunter2\n');
  queue.flush();
  assert.deepEqual(pipe.texts, ['password *******\n']);
});

test('a stuck pipe is offered the same text again, then the rest, in order', () => {
  const { pipe, queue } = rig();
  pipe.stuck = true;
  queue.push('one\n');
  queue.flush();
  queue.push('two\n');
  queue.flush();
  pipe.stuck = false;
  queue.flush();
  assert.equal(pipe.texts.join(''), 'one\ntwo\n');
});

test('while the pipe is stuck, lines cost no writes and no redaction', () => {
  const { pipe, queue } = rig();
  pipe.stuck = true;
  queue.push('a'.repeat(5000));
  const before = { ...pipe };
  for (let i = 0; i < 100; i += 1) queue.push('b'.repeat(100));
  assert.deepEqual([pipe.offers, pipe.redacted], [before.offers, before.redacted]);
});

test('a stuck pipe never holds more than a mebibyte, and the missing lines are told', () => {
  const { pipe, queue } = rig();
  pipe.stuck = true;
  const line = `${'x'.repeat(1023)}\n`;
  for (let i = 0; i < 5000; i += 1) queue.push(line);
  queue.flush();
  queue.push('short\n');
  pipe.stuck = false;
  queue.flush();
  queue.push('again\n');
  queue.flush();
  const text = pipe.texts.join('');
  const kept = MIB / line.length;
  assert.equal(text, `${line.repeat(kept)}lost ${5000 - kept + 1}\nagain\n`);
});

test('the count starts anew after it was told', () => {
  const { pipe, queue } = rig();
  pipe.stuck = true;
  queue.push('x'.repeat(MIB + 1));
  pipe.stuck = false;
  queue.flush();
  queue.push('fine\n');
  queue.flush();
  assert.deepEqual(pipe.texts, ['lost 1\n', 'fine\n']);
});
