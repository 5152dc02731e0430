import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireEnd, WireFlow, WireTimers } from '../canonical/wire.ts';
import { Cancel } from '../lib/cancel.ts';
import type { Connection } from './connection.ts';
import { Exchange } from './exchange.ts';

const timers = { connect: 3_000, firstByte: 10_000, firstContent: 30_000, idle: 5_000, total: 60_000 };

/** An exchange whose reply has begun at 0 and whose receiver has been given its flow; `isAnswer`: it knows the bytes for an answer. */
function begun(isAnswer = true, changes: Partial<WireTimers> = {}) {
  let now = 0;
  let flow: WireFlow | undefined;
  const moves: string[] = [];
  const ends: WireEnd[] = [];
  const exchange = new Exchange(
    {
      origin: { tls: false, host: '127.0.0.1', port: 1 },
      method: 'POST',
      path: '/',
      headers: {},
      body: [],
      timers: { ...timers, ...changes },
      cancel: new Cancel(),
    },
    {
      head: () => undefined,
      data: (_bytes, given) => {
        flow = given;
        if (isAnswer) given.answering?.();
      },
    },
    { now: () => now },
    (end) => ends.push(end),
  );
  const connection = {
    pause: () => moves.push('pause'),
    resume: () => moves.push('resume'),
    release: () => moves.push('release'),
  };
  exchange.begin(connection as unknown as Connection);
  exchange.read(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nabc'));
  assert.ok(flow !== undefined);
  const at = (moment: number): void => {
    now = moment;
    if (exchange.deadline <= now) exchange.expire(now);
  };
  const said = (): string | undefined => {
    const [end] = ends;
    return end === undefined || end.ok ? undefined : end.error.message;
  };
  return { exchange, flow, ends, moves, at, said };
}

test('while a slow reader downstream holds it back, an upstream is not called silent', () => {
  const { exchange, flow, ends, moves, at } = begun();
  flow.pause();
  at(59_999);
  assert.deepEqual(ends, []);
  flow.resume();
  exchange.read(Buffer.alloc(9996));
  assert.deepEqual(ends, [{ ok: true }]);
  assert.deepEqual(moves, ['pause', 'resume', 'release']);
});

test('a read that was on its way when the pause came does not start the idle timer again', () => {
  const { exchange, flow, ends, at } = begun();
  flow.pause();
  exchange.read(Buffer.from('def'));
  at(59_999);
  assert.deepEqual(ends, []);
});

test('from the moment it may send again, silence counts again', () => {
  const { flow, ends, at, said } = begun();
  flow.pause();
  at(20_000);
  flow.resume();
  at(24_999);
  assert.deepEqual(ends, []);
  at(25_000);
  assert.match(said() ?? '', /went silent for 5 s/);
});

test('the total time runs while paused', () => {
  const { flow, at, said } = begun();
  flow.pause();
  at(60_000);
  assert.match(said() ?? '', /total time of 60 s/);
});

test('what was left of a budget is told in round numbers', () => {
  const { at, said } = begun(false, { total: 99.38066300000015 });
  at(100);
  assert.equal(said(), 'The call took longer than its total time of 0.099 s.');
});

test('a reply that is complete while paused leaves a connection that flows', () => {
  const { exchange, flow, ends, moves } = begun();
  flow.pause();
  exchange.read(Buffer.alloc(9996));
  assert.deepEqual(ends, [{ ok: true }]);
  assert.deepEqual(moves, ['pause', 'resume', 'release']);
});

test('before the answer, silence is measured by first_byte, and each sign of life starts it anew', () => {
  const { exchange, ends, at, said } = begun(false);
  at(9_999);
  exchange.read(Buffer.from('.'));
  at(19_998);
  assert.deepEqual(ends, []);
  at(19_999);
  assert.match(said() ?? '', /sent nothing for 10 s \(first_byte\)/);
});

test('signs of life alone end at first_content', () => {
  const { exchange, ends, at, said } = begun(false);
  for (let moment = 5_000; moment < 30_000; moment += 5_000) {
    at(moment);
    exchange.read(Buffer.from('.'));
  }
  at(29_999);
  assert.deepEqual(ends, []);
  at(30_000);
  assert.match(said() ?? '', /did not answer within 30 s \(first_content\)/);
});

test('first_content is never less than first_byte', () => {
  const { ends, at, said } = begun(false, { firstContent: 4_000 });
  at(9_999);
  assert.deepEqual(ends, []);
  at(10_000);
  assert.match(said() ?? '', /first_byte/);
});

test('from its beginning on an answer has all the time there is, and its silences are measured by idle', () => {
  const { exchange, flow, ends, at, said } = begun(false);
  at(9_000);
  flow.answering?.();
  for (let moment = 13_000; moment < 50_000; moment += 4_000) {
    at(moment);
    exchange.read(Buffer.from('.'));
  }
  assert.deepEqual(ends, []);
  at(54_000);
  assert.match(said() ?? '', /went silent for 5 s/);
});
