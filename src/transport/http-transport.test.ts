import assert from 'node:assert/strict';
import net from 'node:net';
import process from 'node:process';
import { after, test } from 'node:test';
import type { WireCall, WireEnd, WireFlow, WireHead } from '../canonical/wire.ts';
import { Cancel } from '../lib/cancel.ts';
import { HttpTransport } from './http-transport.ts';

type Handler = (socket: net.Socket, request: string, count: number) => void;

const cleanup: (() => void)[] = [];
after(() => {
  for (const close of cleanup) close();
});

/** A server that answers each request it has seen whole, and counts its connections. */
async function upstream(handler: Handler, onConnection?: (socket: net.Socket, count: number) => void) {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  let requests = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const request = text.slice(0, end + 4 + length);
      text = text.slice(end + 4 + length);
      requests += 1;
      handler(socket, request, requests);
    });
    onConnection?.(socket, connections);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    sockets,
    connections: () => connections,
  };
}

function rig() {
  let now = 0;
  const ticks = new Set<() => void>();
  const transport = new HttpTransport(
    { now: () => now, wall: () => now },
    {
      every: (_milliseconds, tick) => {
        ticks.add(tick);
        return () => ticks.delete(tick);
      },
    },
  );
  cleanup.push(() => transport.close());
  /** Time passes, and no timer has fired yet. */
  const drift = (moment: number): void => {
    now = moment;
  };
  const at = (moment: number): void => {
    now = moment;
    for (const tick of [...ticks]) tick();
  };
  return { transport, at, drift };
}

/** Turns the event loop until it is so, or has had every chance to become so. */
async function comesTrue(holds: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 10_000 && !holds(); turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return holds();
}

const timers = { connect: 3_000, firstByte: 10_000, firstContent: 30_000, idle: 5_000, total: 60_000 };

interface Sent {
  readonly end: Promise<WireEnd>;
  readonly heads: WireHead[];
  readonly cancel: Cancel;
  readonly text: () => string;
  /** Resolves once this much of the body has come. */
  readonly has: (length: number) => Promise<void>;
  readonly reads: Buffer[];
}

function send(
  transport: HttpTransport,
  port: number,
  change: Partial<WireCall> = {},
  onData?: (flow: WireFlow) => void,
): Sent {
  const cancel = new Cancel();
  const heads: WireHead[] = [];
  const reads: Buffer[] = [];
  let length = 0;
  let wanted: { length: number; resolve: () => void } | undefined;
  const end = transport.send(
    {
      origin: { tls: false, host: '127.0.0.1', port },
      method: 'POST',
      path: '/v1/x',
      headers: { 'content-type': 'application/json' },
      body: [Buffer.from('{"a":'), Buffer.from('1}')],
      timers,
      cancel,
      ...change,
    },
    {
      head: (head) => heads.push(head),
      data: (bytes, flow) => {
        reads.push(bytes);
        length += bytes.length;
        flow.answering?.();
        onData?.(flow);
        if (wanted !== undefined && length >= wanted.length) wanted.resolve();
      },
    },
  );
  const has = (least: number): Promise<void> =>
    new Promise((resolve) => {
      if (length >= least) resolve();
      else wanted = { length: least, resolve };
    });
  return { end, heads, cancel, reads, has, text: () => Buffer.concat(reads).toString() };
}

const plain = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nX-A: 1\r\n\r\n${body}`;
const failed = async (sent: Sent): Promise<string> => {
  const end = await sent.end;
  return end.ok ? 'ok' : end.error.code;
};

test('the request on the wire, and the reply', async () => {
  let seen = '';
  const { port } = await upstream((socket, request) => {
    seen = request;
    socket.write(plain('hello'));
  });
  const { transport } = rig();
  const sent = send(transport, port, { headers: { 'content-type': 'a/b', 'x-b': 'c\r\nevil: 1' } });
  assert.deepEqual(await sent.end, { ok: true });
  assert.equal(
    seen,
    `POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: a/b\r\nx-b: cevil: 1\r\ncontent-length: 7\r\n\r\n{"a":1}`,
  );
  assert.equal(sent.heads[0]?.status, 200);
  assert.equal(sent.heads[0]?.headers['x-a'], '1');
  assert.equal(sent.text(), 'hello');
  assert.equal(transport.inflight, 0);
});

test('connections are reused, the last used first', async () => {
  const server = await upstream((socket) => socket.write(plain('x')));
  const { transport } = rig();
  await send(transport, server.port).end;
  await send(transport, server.port).end;
  assert.equal(server.connections(), 1);
  await Promise.all([send(transport, server.port).end, send(transport, server.port).end]);
  assert.equal(server.connections(), 2);
});

test('a connection that has idled too long is not used again', async () => {
  const server = await upstream((socket) => socket.write(plain('x')));
  const { transport, at } = rig();
  await send(transport, server.port).end;
  at(4_001);
  await send(transport, server.port).end;
  assert.equal(server.connections(), 2);
});

test('nor is one that has idled too long before any timer has noticed', async () => {
  const server = await upstream((socket) => socket.write(plain('x')));
  const { transport, drift } = rig();
  await send(transport, server.port).end;
  drift(3_999);
  await send(transport, server.port).end;
  assert.equal(server.connections(), 1);
  drift(3_999 + 4_000);
  await send(transport, server.port).end;
  assert.equal(server.connections(), 2);
});

test('a connection whose call was answered before it was read whole is not used again', async () => {
  const server = await upstream(
    (socket) => socket.write(plain('second')),
    (socket, count) => {
      if (count > 1) return;
      socket.pause();
      socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    },
  );
  const { transport } = rig();
  // More than the kernel takes on behalf of a server that does not read.
  const first = send(transport, server.port, { body: [Buffer.alloc(64 * 1024 * 1024)] });
  assert.deepEqual(await first.end, { ok: true });
  assert.equal(first.heads[0]?.status, 413);
  const second = send(transport, server.port);
  assert.ok(await comesTrue(() => server.connections() === 2), 'it gets a connection of its own');
  assert.deepEqual(await second.end, { ok: true });
  assert.equal(second.text(), 'second');
});

test('bytes that nobody asked for make an idle connection unusable', async () => {
  const server = await upstream((socket) => socket.write(plain('mine')));
  const { transport } = rig();
  await send(transport, server.port).end;
  for (const socket of server.sockets) socket.write(plain('not asked for'));
  assert.ok(await comesTrue(() => server.sockets.size === 0), 'it is closed');
  const next = send(transport, server.port);
  assert.ok(await comesTrue(() => server.connections() === 2), 'the next call gets another');
  assert.deepEqual(await next.end, { ok: true });
  assert.equal(next.text(), 'mine');
});

test('a reused connection that the upstream has just closed costs nothing: the call goes out anew', async () => {
  const server = await upstream((socket, _request, count) => {
    if (count === 2) socket.resetAndDestroy();
    else socket.write(plain(String(count)));
  });
  const { transport } = rig();
  await send(transport, server.port).end;
  const again = send(transport, server.port);
  assert.deepEqual(await again.end, { ok: true });
  assert.equal(again.text(), '3');
  assert.equal(server.connections(), 2);
});

test('a reused connection that closes long after the call was sent is a failure: the work may have begun', async () => {
  let close: (() => void) | undefined;
  const server = await upstream((socket, _request, count) => {
    if (count === 1) socket.write(plain('1'));
    else close = () => socket.end();
  });
  const { transport, at } = rig();
  await send(transport, server.port).end;
  const again = send(transport, server.port);
  while (close === undefined) await new Promise((resolve) => setImmediate(resolve));
  at(1_000);
  close();
  assert.equal(await failed(again), 'upstream_reset');
  assert.equal(server.connections(), 1);
});

test('a fresh connection that dies without a byte is a reset, and is not repeated', async () => {
  const server = await upstream((socket) => socket.resetAndDestroy());
  const { transport } = rig();
  assert.equal(await failed(send(transport, server.port)), 'upstream_reset');
  assert.equal(server.connections(), 1);
});

test('a closed port is refused, and nothing was sent', async () => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  const { transport } = rig();
  const end = await send(transport, port).end;
  assert.ok(!end.ok && end.error.code === 'upstream_refused' && !end.sent);
  assert.match(end.error.detail.operator ?? '', /at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
  assert.doesNotMatch(end.error.text, /127\.0\.0\.1/);
});

const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n';

const readable: readonly (readonly [why: string, reply: string, text: string])[] = [
  ['chunked, with extension and trailer', chunked, 'hello world'],
  [
    'interim replies are skipped',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${plain('x')}`,
    'x',
  ],
  ['no body by length', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', ''],
  ['no body by status', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ['the same length twice', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx', 'x'],
  ['no reason phrase', 'HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx', 'x'],
];

for (const [why, reply, text] of readable) {
  test(`read byte by byte: ${why}`, async () => {
    const { port } = await upstream((socket) => {
      const bytes = Buffer.from(reply);
      let at = 0;
      const next = (): void => {
        if (at === bytes.length) return;
        socket.write(bytes.subarray(at, at + 1), () => setImmediate(next));
        at += 1;
      };
      next();
    });
    const { transport } = rig();
    const sent = send(transport, port);
    assert.deepEqual(await sent.end, { ok: true });
    assert.equal(sent.text(), text);
    const whole = await upstream((socket) => socket.write(reply));
    const second = send(transport, whole.port);
    await second.end;
    assert.equal(second.text(), text);
  });
}

test('a body that lasts until the connection closes', async () => {
  const { port } = await upstream((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
  const { transport } = rig();
  const sent = send(transport, port);
  assert.deepEqual(await sent.end, { ok: true });
  assert.equal(sent.text(), 'until the end');
});

const garbled: readonly (readonly [why: string, reply: string])[] = [
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  [
    'length and transfer coding',
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc'],
  ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -3\r\n\r\nabc'],
  ['a folded header', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n folded\r\ncontent-length: 0\r\n\r\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nx-a : 1\r\n\r\n'],
  ['a line feed alone in a header', 'HTTP/1.1 200 OK\r\nx-a: 1\nset-cookie: x\r\ncontent-length: 0\r\n\r\n'],
  ['another transfer coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n'],
  ['a chunk size that is no number', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
  ['an endless chunk size', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'0'.repeat(100)}\r\n`],
  [
    'a chunk longer than it says',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n',
  ],
  [
    'endless chunk extensions',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;${'x'.repeat(9_000)}\r\n`,
  ],
  ['endless headers', `HTTP/1.1 200 OK\r\n${'x-a: 1\r\n'.repeat(10_000)}`],
  ['endless interim replies', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20)],
  ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
];

for (const [why, reply] of garbled) {
  test(`refused: ${why}`, async () => {
    const server = await upstream((socket) => socket.write(reply));
    const { transport } = rig();
    assert.equal(await failed(send(transport, server.port)), 'upstream_garbled');
    assert.equal(transport.inflight, 0);
  });
}

test('bytes after a complete reply: it counts, its connection is not used again', async () => {
  const server = await upstream((socket) =>
    socket.write(`${plain('x')}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother`),
  );
  const { transport } = rig();
  const first = send(transport, server.port);
  assert.deepEqual(await first.end, { ok: true });
  assert.equal(first.text(), 'x');
  await send(transport, server.port).end;
  assert.equal(server.connections(), 2);
});

test('connection: close is obeyed', async () => {
  const server = await upstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx'),
  );
  const { transport } = rig();
  await send(transport, server.port).end;
  await send(transport, server.port).end;
  assert.equal(server.connections(), 2);
});

for (const [why, cut] of [
  ['a FIN', (socket: net.Socket) => socket.end()],
  ['a RST', (socket: net.Socket) => socket.resetAndDestroy()],
] as const) {
  test(`a body cut short by ${why} is no success`, async () => {
    const server = await upstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', () => setImmediate(() => cut(socket)));
    });
    const { transport } = rig();
    const end = await send(transport, server.port).end;
    assert.ok(!end.ok && end.sent && ['upstream_truncated', 'upstream_reset'].includes(end.error.code));
  });
}

test('each timer runs on its own clock', async () => {
  const server = await upstream((socket, _request, count) => {
    if (count > 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc');
  });
  const silent = rig();
  const waiting = send(silent.transport, server.port);
  await new Promise<void>((resolve) => setImmediate(resolve));
  while (server.sockets.size === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  const pending = failed(waiting);
  // Connected or not yet: the first tick after 10 s ends either wait.
  silent.at(10_001);
  silent.at(20_002);
  assert.equal(await pending, 'upstream_timeout');

  const stalled = rig();
  const body = send(stalled.transport, server.port);
  await body.has(3);
  stalled.at(4_999);
  assert.equal(stalled.transport.inflight, 1);
  stalled.at(5_000);
  const end = await body.end;
  assert.ok(!end.ok && /went silent for 5 s/.test(end.error.message));
});

test('the total time ends a reply that keeps coming', async () => {
  const server = await upstream((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const more = (): void => {
      if (!socket.destroyed) socket.write('1\r\nx\r\n', () => setImmediate(more));
    };
    more();
  });
  const { transport, at } = rig();
  const sent = send(transport, server.port);
  await sent.has(10);
  at(60_000);
  const end = await sent.end;
  assert.ok(!end.ok && /total time of 60 s/.test(end.error.message));
});

test('cancelling closes the socket at once and the call is over in the same tick', async () => {
  let closed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const server = await upstream((socket) => {
    socket.on('close', () => closed());
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc');
  });
  const { transport } = rig();
  const sent = send(transport, server.port);
  await sent.has(3);
  sent.cancel.request('the caller left');
  assert.equal(transport.inflight, 0);
  assert.equal(await failed(sent), 'client_gone');
  await gone;
});

for (const [when, pause] of [
  ['in the same tick', () => undefined],
  ['while it is being opened', () => new Promise<void>((resolve) => process.nextTick(resolve))],
] as const) {
  test(`cancelling before the connection stands closes it: ${when}`, async () => {
    const server = await upstream((socket) => socket.write(plain('x')));
    const { transport } = rig();
    const sent = send(transport, server.port);
    await pause();
    sent.cancel.request('the caller left');
    assert.equal(await failed(sent), 'client_gone');
    // Connections are accepted in order: once this one has answered, the other was accepted or never made.
    await send(transport, server.port).end;
    assert.ok(await comesTrue(() => server.sockets.size === 1), 'one connection is left');
  });
}

test('a call that is cancelled already is not sent', async () => {
  const server = await upstream((socket) => socket.write(plain('x')));
  const { transport } = rig();
  const cancel = new Cancel();
  cancel.request('gone');
  assert.equal(await failed(send(transport, server.port, { cancel })), 'client_gone');
  assert.equal(server.connections(), 0);
});

test('a paused receiver stops the upstream; resumed, it gets every byte', async () => {
  const total = 8 * 1024 * 1024;
  const server = await upstream((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
    socket.write(Buffer.alloc(total, 0x61));
  });
  const { transport } = rig();
  let flow: WireFlow | undefined;
  const sent = send(transport, server.port, {}, (given) => {
    if (flow === undefined) given.pause();
    flow = given;
  });
  await sent.has(1);
  const [socket] = server.sockets;
  await new Promise<void>((resolve) => setImmediate(resolve));
  assert.ok(socket !== undefined && socket.writableLength > 0, 'the upstream is held back');
  flow?.resume();
  assert.deepEqual(await sent.end, { ok: true });
  assert.equal(sent.text().length, total);
});

test('what a receiver keeps is not overwritten by later reads', async () => {
  const server = await upstream((socket, _request, count) =>
    socket.write(plain(count === 1 ? 'first' : 'other')),
  );
  const { transport } = rig();
  const first = send(transport, server.port);
  await first.end;
  await send(transport, server.port).end;
  assert.equal(first.text(), 'first');
});

test('a receiver that throws a GatewayError ends the call with it', async () => {
  const server = await upstream((socket) => socket.write(plain('abc')));
  const { transport } = rig();
  const sent = send(transport, server.port, {}, () => {
    throw new TypeError('a bug');
  });
  assert.equal(await failed(sent), 'internal');
  assert.equal(transport.inflight, 0);
});
