// Mock upstream, a process of its own: bare sockets, precomputed replies, told over its control channel how to behave.
// It reads calls only as far as framing, the path and a few marker bytes need.

import net from 'node:net';
import process from 'node:process';
import { DIALECTS } from './dialects.js';
import { HttpReader } from './http-reader.js';
import { Pacer } from './mock-pacer.js';

const STREAM_MARKS = [Buffer.from('"stream":true'), Buffer.from('"stream": true')];
const ID_MARK = Buffer.from('bench-id:');
const ID_LENGTH = 7;
const MARK_REACH = 32;
// Markers stand near the start of a body: long prompts are skipped, not searched.
const SEARCH_BYTES = 16384;
const EMPTY = Buffer.alloc(0);
const LAST_CHUNK = '0\r\n\r\n';

const behaviour = { events: 100, intervalMs: 5, firstMs: 0 };
const tally = { calls: 0, bodyBytes: 0, streams: 0, frames: 0, framesOfWhole: 0, aborts: [], flood: [] };

function jsonReply(text) {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n`;
  return Buffer.from(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

function chunk(data) {
  const head = `${Buffer.byteLength(data).toString(16)}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(data), Buffer.from('\r\n')]);
}

function streamHead(type = 'text/event-stream; charset=utf-8') {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncache-control: no-cache\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
}
const MAX_FRAMES = 2000;

/** Everything a dialect's replies need, as bytes. @param {import('./dialects.js').Dialect} dialect */
function prepare(dialect) {
  const flood = chunk(dialect.frame(0));
  return {
    dialect,
    json: jsonReply(dialect.json()),
    opening: Buffer.concat([streamHead(dialect.streamType), chunk(dialect.opening())]),
    frames: Array.from({ length: MAX_FRAMES }, (_, ordinal) => chunk(dialect.frame(ordinal))),
    closing: Buffer.concat([chunk(dialect.closing()), Buffer.from(LAST_CHUNK)]),
    burst: EMPTY,
    flood: Buffer.concat(Array.from({ length: 256 }, () => flood)),
  };
}

const REPLIES = Object.values(DIALECTS).map(prepare);
const MODELS = jsonReply('{"object":"list","data":[{"id":"gpt-4o-mini","object":"model"}]}');
const pacer = new Pacer(behaviour, tally);

class Connection {
  #socket;
  #reader = new HttpReader(this);
  #reply = REPLIES[0];
  #lastHead = '';
  #isCall = false;
  #stream = false;
  #id = '';
  #searched = 0;
  #tail = EMPTY;
  #active;

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#reader.push(bytes));
    socket.on('end', () => this.#closed());
    socket.on('close', () => this.#closed());
    socket.on('error', () => this.#closed());
  }

  head(text) {
    this.#isCall = text.startsWith('POST');
    // Most heads on a connection are equal: comparing is cheaper than asking every dialect.
    if (text !== this.#lastHead) {
      this.#lastHead = text;
      this.#reply = REPLIES.find(({ dialect }) => dialect.isCall(text)) ?? REPLIES[0];
    }
    this.#stream = this.#reply.dialect.streams?.(text) === true;
    this.#id = '';
    this.#searched = 0;
    this.#tail = EMPTY;
  }

  body(bytes, from, to) {
    tally.bodyBytes += to - from;
    if (this.#searched >= SEARCH_BYTES) return;
    this.#searched += to - from;
    const read = bytes.subarray(from, to);
    // A marker may be cut in two by a read: the end of the last one is looked at again.
    const part = this.#tail.length === 0 ? read : Buffer.concat([this.#tail, read]);
    this.#tail = part.subarray(-MARK_REACH);
    this.#stream ||= STREAM_MARKS.some((mark) => part.includes(mark));
    if (this.#id !== '') return;
    const id = part.indexOf(ID_MARK);
    if (id !== -1) this.#id = part.latin1Slice(id + ID_MARK.length, id + ID_MARK.length + ID_LENGTH);
  }

  end() {
    tally.calls++;
    if (!this.#isCall) this.#socket.write(MODELS);
    else if (behaviour.firstMs > 0) setTimeout(() => this.#answer(), behaviour.firstMs);
    else this.#answer();
  }

  #answer() {
    if (this.#socket.destroyed) return;
    if (!this.#stream) {
      this.#socket.write(this.#reply.json);
      return;
    }
    tally.streams++;
    if (this.#id.startsWith('f')) this.#flood();
    else if (behaviour.intervalMs === 0) this.#burst();
    else this.#active = pacer.begin(this.#socket, this.#reply);
  }

  #burst() {
    tally.frames += behaviour.events;
    this.#socket.write(this.#reply.burst);
  }

  // As much as the other side takes, up to a bound: shows who buffers without end for a reader that has stopped.
  #flood() {
    const record = { id: this.#id, bytes: 0 };
    tally.flood.push(record);
    this.#socket.write(this.#reply.opening);
    const more = () => {
      while (record.bytes < behaviour.floodBytes && !this.#socket.destroyed) {
        record.bytes += this.#reply.flood.length;
        if (!this.#socket.write(this.#reply.flood)) return;
      }
    };
    this.#socket.on('drain', more);
    more();
  }

  #closed() {
    const stream = this.#active;
    this.#active = undefined;
    if (stream === undefined || stream.ended) return;
    pacer.drop(stream);
    tally.aborts.push({ id: this.#id, at: process.hrtime.bigint().toString() });
    this.#socket.destroy();
  }
}

function behave(settings) {
  Object.assign(behaviour, settings);
  for (const reply of REPLIES) {
    reply.burst = Buffer.concat([reply.opening, ...reply.frames.slice(0, behaviour.events), reply.closing]);
  }
  pacer.retime();
}

function takeTally() {
  const taken = { ...tally };
  Object.assign(tally, { calls: 0, bodyBytes: 0, streams: 0, frames: 0, framesOfWhole: 0 });
  tally.aborts = [];
  tally.flood = [];
  return taken;
}

process.on('message', (order) => {
  if (order.behave) behave(order.behave);
  if (order.finish) pacer.finish();
  process.send?.({ answer: order.id, tally: order.tally ? takeTally() : undefined });
});
process.on('disconnect', () => process.exit(0));

const server = net.createServer((socket) => new Connection(socket));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  behave({});
  process.send?.({ port: server.address().port });
});
