import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createStreamWrite } from './stream-write.ts';

test('a stream that has not taken the last text is given no other', async () => {
  const taken: string[] = [];
  let take: () => void = () => {};
  const stream = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(text, _encoding, done) {
      taken.push(text);
      take = done;
    },
  });
  const write = createStreamWrite(stream);
  assert.equal(write('one'), true);
  assert.equal(write('two'), false);
  assert.equal(write('two'), false);
  const drained = new Promise((resolve) => stream.once('drain', resolve));
  take();
  await drained;
  assert.equal(write('two'), true);
  assert.deepEqual(taken, ['one', 'two']);
});

test('a reader that is gone does not end the server', async () => {
  const stream = new Writable({
    write(_text, _encoding, done) {
      done(new Error('EPIPE'));
    },
  });
  const write = createStreamWrite(stream);
  assert.equal(write('one'), true);
  await new Promise((resolve) => stream.once('close', resolve));
  assert.equal(write('two'), false);
});
