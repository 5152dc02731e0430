import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { emptyConfig } from '../config/defaults.ts';
import { Connections } from './connection.ts';
import { createServer } from './listen.ts';

function server() {
  const clock = new FakeClock();
  return createServer(emptyConfig().listen, () => {}, new Connections(clock, clock, 30_000));
}

/** A socket that keeps what is written to it. */
class Pipe extends Duplex {
  written = '';
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString();
    done();
  }
}

function garbled(code: string): Error {
  return Object.assign(new Error('garbled'), { code });
}

test('whoever sends headers or a body too slowly is not waited for', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout } = server();
  assert.deepEqual(
    { headersTimeout, requestTimeout, keepAliveTimeout },
    { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 75_000 },
  );
});

const refusals: readonly (readonly [string, string])[] = [
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_INVALID_METHOD', '400 Bad Request'],
];
for (const [code, line] of refusals) {
  test(`${code} is answered with ${line}, and nothing after it is read`, async () => {
    const pipe = new Pipe();
    server().emit('clientError', garbled(code), pipe);
    await once(pipe, 'finish');
    assert.ok(pipe.written.startsWith(`HTTP/1.1 ${line}\r\nconnection: close\r\n`), pipe.written);
  });
}

test('nothing is written to a socket that takes nothing any more', () => {
  const pipe = new Pipe();
  pipe.end();
  server().emit('clientError', garbled('HPE_INVALID_METHOD'), pipe);
  assert.ok(pipe.destroyed);
  assert.equal(pipe.written, '');
});

test('nothing is written to a caller who is gone', () => {
  const pipe = new Pipe();
  server().emit('clientError', garbled('ECONNRESET'), pipe);
  assert.ok(pipe.destroyed);
  assert.equal(pipe.written, '');
});
