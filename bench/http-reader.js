// Incremental reader of HTTP/1.1 messages for both ends of the rig: framing only, nothing is copied or decoded.
// The sink hears head(text), body(bytes, from, to) and end() for every message, pipelined ones included.

const HEAD_END = Buffer.from('\r\n\r\n');
const EMPTY = Buffer.alloc(0);
const [HEAD, FIXED, CHUNK_SIZE, CHUNK_DATA, TRAILER, UNTIL_CLOSE] = [0, 1, 2, 3, 4, 5];
const LF = 0x0a;

/** @param {string} head */
function framingOf(head) {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length) return { state: FIXED, length: Number(length[1]) };
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return { state: CHUNK_SIZE, length: 0 };
  // A call without a length has no body; a reply without one lasts until the connection closes.
  return head.startsWith('HTTP/') ? { state: UNTIL_CLOSE, length: 0 } : { state: FIXED, length: 0 };
}

/** @param {number} byte */
function hexOf(byte) {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

export class HttpReader {
  #sink;
  #state = HEAD;
  #left = 0;
  #kept = EMPTY;
  #lastHead = '';
  #lastFraming = { state: HEAD, length: 0 };
  #lineLength = 0;
  #inExtension = false;

  /** @param {{ head(text: string): void, body(bytes: Buffer, from: number, to: number): void, end(): void }} sink */
  constructor(sink) {
    this.#sink = sink;
  }

  /** True between messages: nothing of the next one has arrived. */
  get idle() {
    return this.#state === HEAD && this.#kept.length === 0;
  }

  /** @param {Buffer} bytes one read; may be overwritten after this returns */
  push(bytes) {
    let at = 0;
    while (at < bytes.length) at = this.#step(bytes, at);
  }

  /** The connection has closed: says whether that was a legal end of the message under way. */
  close() {
    if (this.#state !== UNTIL_CLOSE) return this.idle;
    this.#finish();
    return true;
  }

  #step(bytes, at) {
    switch (this.#state) {
      case HEAD:
        return this.#head(bytes, at);
      case FIXED:
      case CHUNK_DATA:
        return this.#data(bytes, at);
      case CHUNK_SIZE:
        return this.#size(bytes, at);
      case TRAILER:
        return this.#trailer(bytes, at);
      default:
        this.#sink.body(bytes, at, bytes.length);
        return bytes.length;
    }
  }

  #head(bytes, at) {
    if (this.#kept.length > 0) return this.#splitHead(bytes, at);
    const end = bytes.indexOf(HEAD_END, at);
    if (end === -1) {
      this.#kept = Buffer.from(bytes.subarray(at));
      return bytes.length;
    }
    this.#open(bytes.latin1Slice(at, end));
    return end + 4;
  }

  #splitHead(bytes, at) {
    const before = this.#kept.length;
    const joined = Buffer.concat([this.#kept, bytes.subarray(at)]);
    const end = joined.indexOf(HEAD_END);
    if (end === -1) {
      this.#kept = joined;
      return bytes.length;
    }
    this.#kept = EMPTY;
    this.#open(joined.latin1Slice(0, end));
    return at + end + 4 - before;
  }

  #open(head) {
    // Most heads on a connection are equal byte for byte: comparing is cheaper than searching them.
    if (head !== this.#lastHead) {
      this.#lastHead = head;
      this.#lastFraming = framingOf(head);
    }
    this.#sink.head(head);
    this.#state = this.#lastFraming.state;
    this.#left = this.#lastFraming.length;
    if (this.#state === FIXED && this.#left === 0) this.#finish();
  }

  #data(bytes, at) {
    const to = Math.min(bytes.length, at + this.#left);
    this.#left -= to - at;
    this.#sink.body(bytes, at, to);
    if (this.#left === 0) {
      if (this.#state === FIXED) this.#finish();
      else this.#awaitSize();
    }
    return to;
  }

  #awaitSize() {
    this.#state = CHUNK_SIZE;
    this.#left = 0;
    this.#lineLength = 0;
    this.#inExtension = false;
  }

  // The line end after a chunk's data arrives here as an empty size line and is skipped.
  #size(bytes, from) {
    for (let at = from; at < bytes.length; at++) {
      if (bytes[at] !== LF) this.#sizeByte(bytes[at]);
      else if (this.#lineLength > 0) {
        this.#state = this.#left === 0 ? TRAILER : CHUNK_DATA;
        this.#lineLength = 0;
        return at + 1;
      }
    }
    return bytes.length;
  }

  #sizeByte(byte) {
    const digit = this.#inExtension ? -1 : hexOf(byte);
    if (digit === -1) this.#inExtension = this.#lineLength > 0;
    else {
      this.#left = this.#left * 16 + digit;
      this.#lineLength++;
    }
  }

  #trailer(bytes, from) {
    for (let at = from; at < bytes.length; at++) {
      if (bytes[at] !== LF) {
        if (bytes[at] !== 0x0d) this.#lineLength++;
      } else if (this.#lineLength === 0) {
        this.#finish();
        return at + 1;
      } else this.#lineLength = 0;
    }
    return bytes.length;
  }

  #finish() {
    this.#state = HEAD;
    this.#left = 0;
    this.#lineLength = 0;
    this.#inExtension = false;
    this.#sink.end();
  }
}
