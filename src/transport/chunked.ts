// Takes the chunked transfer coding off: one read in, at most one buffer of data out.
import { garbled } from './head-parser.ts';

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
/** Extensions and trailers are legal, useless and bounded. */
const MOST_EXTRA = 8192;

type State = 'size' | 'extension' | 'size_lf' | 'data' | 'data_cr' | 'data_lf' | 'trailer' | 'done';

export class ChunkedBody {
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #extra = 0;
  /** Characters on the current trailer line, CR not counted. */
  #line = 0;
  #consumed = 0;

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Of the bytes last read, how many belonged to this body. */
  get consumed(): number {
    return this.#consumed;
  }

  /**
   * The data in `bytes`, copied out: `bytes` is the socket's shared read buffer. Chunks of one read
   * are joined, so that one read stays one write further on.
   */
  read(bytes: Buffer): Buffer | undefined {
    let out: Buffer | undefined;
    let used = 0;
    let at = 0;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state !== 'data') {
        this.#step(bytes[at] as number);
        at += 1;
        continue;
      }
      const take = Math.min(this.#size, bytes.length - at);
      out ??= Buffer.allocUnsafe(bytes.length - at);
      bytes.copy(out, used, at, at + take);
      used += take;
      at += take;
      this.#size -= take;
      if (this.#size === 0) this.#state = 'data_cr';
    }
    this.#consumed = at;
    return out?.subarray(0, used);
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#sizeByte(byte);
        return;
      case 'extension':
        this.#countExtra();
        if (byte === CR) this.#state = 'size_lf';
        return;
      case 'size_lf':
        this.#must(byte === LF);
        this.#state = this.#size > 0 ? 'data' : 'trailer';
        return;
      case 'data_cr':
        this.#must(byte === CR);
        this.#state = 'data_lf';
        return;
      case 'data_lf':
        this.#must(byte === LF);
        this.#state = 'size';
        this.#digits = 0;
        return;
      default:
        this.#trailerByte(byte);
    }
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#digits += 1;
      this.#must(this.#digits <= 8);
      this.#size = this.#digits === 1 ? digit : this.#size * 16 + digit;
      return;
    }
    this.#must(this.#digits > 0);
    if (byte === CR) this.#state = 'size_lf';
    else {
      this.#must(byte === SEMICOLON || byte === 0x20);
      this.#state = 'extension';
    }
  }

  #trailerByte(byte: number): void {
    this.#countExtra();
    if (byte === LF) {
      if (this.#line === 0) this.#state = 'done';
      this.#line = 0;
    } else if (byte !== CR) this.#line += 1;
  }

  #countExtra(): void {
    this.#extra += 1;
    this.#must(this.#extra <= MOST_EXTRA);
  }

  #must(holds: boolean): void {
    if (!holds) throw garbled('its chunked body is malformed');
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
