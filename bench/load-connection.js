// One client connection of the load generator: sends a prepared call, checks every byte of meaning in the answer
// (status, framing, ordinals in sequence, terminal marker) and tells its owner what happened and when.

import net from 'node:net';
import { HttpReader } from './http-reader.js';

const MARK = 0x40;
const ZERO = 0x30;
const MARK_DIGITS = 4;
const TAIL_BYTES = 64;

// Reads are consumed before the next one happens, so all sockets share one buffer.
const SHARED = Buffer.allocUnsafe(256 * 1024);

/**
 * @typedef {object} Expectation
 * @property {boolean} stream
 * @property {number | undefined} frames how many frames a whole answer has; undefined when the mock decides
 * @property {boolean} [repeats] does an answer end with all of its text again?
 * @property {Buffer} terminal what the last bytes of an answer contain
 *
 * @typedef {object} Owner
 * @property {(connection: Connection, now: number) => void} onFrames called once per read that carried frames
 * @property {(connection: Connection, fault: string | undefined) => void} onEnd
 */
export class Connection {
  #owner;
  #socket;
  #reader = new HttpReader(this);
  #expect;
  #digits = 0;
  #ordinal = 0;
  #tail = Buffer.alloc(TAIL_BYTES);
  #tailLength = 0;
  #fault;
  #now = 0;
  busy = false;
  closed = false;
  /** Frames of the answer under way, and those that arrived with the current read. */
  frames = 0;
  fresh = 0;
  lost = 0;
  sentAt = 0;
  lastFrameAt = 0;

  /** @param {{ host: string, port: number }} address @param {Owner} owner @param {() => void} [onReady] */
  constructor(address, owner, onReady) {
    this.#owner = owner;
    this.#socket = net.connect({
      ...address,
      noDelay: true,
      onread: { buffer: SHARED, callback: (length) => this.#read(length) },
    });
    if (onReady) this.#socket.on('connect', onReady);
    this.#socket.on('error', (error) => this.#lose(error.code ?? error.message));
    this.#socket.on('close', () => this.#lose('closed early'));
  }

  /** @param {Buffer} call @param {Expectation} expect @param {number} intendedAt */
  send(call, expect, intendedAt) {
    this.#expect = expect;
    this.busy = true;
    this.frames = 0;
    this.#digits = 0;
    this.#tailLength = 0;
    this.#fault = undefined;
    this.sentAt = intendedAt;
    this.lastFrameAt = 0;
    this.#socket.write(call);
  }

  /** Stops reading: a caller that has hung. */
  stall() {
    this.#socket.pause();
  }

  destroy() {
    this.closed = true;
    this.busy = false;
    this.#socket.destroy();
  }

  head(text) {
    if (!text.startsWith('HTTP/1.1 200')) this.#fault = `status ${text.slice(9, 12)}`;
  }

  body(bytes, from, to) {
    this.#keepTail(bytes, from, to);
    let at = from;
    while (at < to) {
      if (this.#digits > 0) {
        this.#ordinal = this.#ordinal * 10 + bytes[at++] - ZERO;
        if (--this.#digits === 0) this.#frame();
        continue;
      }
      const found = bytes.indexOf(MARK, at);
      if (found === -1 || found >= to) return;
      at = found + 1;
      this.#digits = MARK_DIGITS;
      this.#ordinal = 0;
    }
  }

  end() {
    this.#report();
    const { terminal, frames } = this.#expect;
    const tail = this.#tail.subarray(0, this.#tailLength);
    if (!tail.includes(terminal)) this.#fault ??= 'no terminal marker';
    if (frames !== undefined && this.frames !== frames) this.#fault ??= `${this.frames} of ${frames} frames`;
    this.busy = false;
    this.#owner.onEnd(this, this.#fault);
  }

  #read(length) {
    this.#now = performance.now();
    this.#reader.push(SHARED.subarray(0, length));
    this.#report();
    return true;
  }

  #report() {
    if (this.fresh === 0) return;
    this.#owner.onFrames(this, this.#now);
    this.lastFrameAt = this.#now;
    this.fresh = 0;
  }

  #frame() {
    // Said once more, at the end, is not sent once more.
    if (this.#expect.repeats && this.frames >= this.#expect.frames) return;
    if (this.#ordinal !== this.frames) {
      this.lost += Math.abs(this.#ordinal - this.frames);
      this.#fault ??= `frame ${this.#ordinal} came where ${this.frames} was due`;
    }
    this.frames = this.#ordinal + 1;
    this.fresh++;
  }

  #keepTail(bytes, from, to) {
    const length = to - from;
    if (length >= TAIL_BYTES) {
      bytes.copy(this.#tail, 0, to - TAIL_BYTES, to);
      this.#tailLength = TAIL_BYTES;
      return;
    }
    const kept = Math.min(this.#tailLength, TAIL_BYTES - length);
    this.#tail.copyWithin(0, this.#tailLength - kept, this.#tailLength);
    bytes.copy(this.#tail, kept, from, to);
    this.#tailLength = kept + length;
  }

  #lose(why) {
    if (this.closed) return;
    this.closed = true;
    const wasBusy = this.busy;
    this.#reader.close();
    this.#socket.destroy();
    if (!wasBusy || !this.busy) return;
    this.busy = false;
    this.#owner.onEnd(this, why);
  }
}
