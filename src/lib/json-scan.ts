// Finds the top-level fields of a JSON object in bytes, checking its structure on the way, without
// building a value. Strings are hopped over, so a megabyte of prompt costs one search for a quote.

export interface Field {
  readonly name: string;
  /** Span of the value: first byte to one past the last. */
  readonly start: number;
  readonly end: number;
  /** Span from the key's quote, for removal. */
  readonly keyStart: number;
}

export interface Scan {
  readonly fields: readonly Field[];
  /** Offset of the object's closing brace. */
  readonly close: number;
  /** A key occurs twice or is written with escapes: only a full parse tells what a reader sees. */
  readonly ambiguous: boolean;
}

export type ScanFault = 'syntax' | 'depth' | 'fields' | 'not_object';

export class ScanError extends Error {
  override readonly name = 'ScanError';
  readonly offset: number;
  readonly reason: ScanFault;

  constructor(reason: ScanFault, offset: number, message: string) {
    super(message);
    this.reason = reason;
    this.offset = offset;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
/** From `{` to `}` and from `[` to `]`. */
const TO_CLOSING = 2;
/** Short strings are walked, long ones searched: a native search costs some 200 ns to start. */
const WALK = 64;
/** So many names are compared one by one; that is faster than a set, but each costs as many looks as there are. */
const FEW = 16;

export function scanObject(bytes: Buffer, maxDepth: number, maxFields = Number.POSITIVE_INFINITY): Scan {
  return new Scanner(bytes, maxDepth, maxFields).object();
}

class Scanner {
  readonly #bytes: Buffer;
  readonly #maxDepth: number;
  readonly #maxFields: number;
  /** The brackets we are inside of, below the top level. */
  readonly #open: number[] = [];
  #at = 0;
  #escapes = false;
  #names: Set<string> | undefined = undefined;

  constructor(bytes: Buffer, maxDepth: number, maxFields: number) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#maxFields = maxFields;
  }

  object(): Scan {
    this.#space();
    if (this.#bytes[this.#at] !== OPEN_BRACE) {
      throw new ScanError('not_object', this.#at, 'The body must be a JSON object.');
    }
    this.#at += 1;
    const fields: Field[] = [];
    let ambiguous = false;
    this.#space();
    let more = this.#bytes[this.#at] !== CLOSE_BRACE;
    while (more) {
      if (fields.length === this.#maxFields) throw this.#tooMany();
      const field = this.#field();
      if (this.#escapes || this.#repeats(field.name, fields)) ambiguous = true;
      fields.push(field);
      this.#space();
      more = this.#bytes[this.#at] === COMMA;
      if (more) {
        this.#at += 1;
        this.#space();
      }
    }
    const close = this.#at;
    this.#expect(CLOSE_BRACE, 'Expected "," or "}"');
    this.#space();
    if (this.#at !== this.#bytes.length) throw this.#wrong('Unexpected text after the JSON object');
    return { fields, close, ambiguous };
  }

  /** Is there a field of this name among those before it? */
  #repeats(name: string, before: readonly Field[]): boolean {
    if (before.length < FEW) return named(before, name) !== undefined;
    this.#names ??= new Set(before.map((field) => field.name));
    const { size } = this.#names;
    return this.#names.add(name).size === size;
  }

  #field(): Field {
    const keyStart = this.#at;
    this.#expect(QUOTE, 'Expected a field name in double quotes');
    this.#escapes = false;
    this.#stringRest();
    const name = this.#bytes.toString('utf8', keyStart + 1, this.#at - 1);
    const escaped = this.#escapes;
    this.#space();
    this.#expect(COLON, 'Expected ":" after a field name');
    this.#space();
    const start = this.#at;
    this.#value();
    this.#escapes = escaped;
    return { name, start, end: this.#at, keyStart };
  }

  /** Skips one value, nested ones with a stack of our own: depth comes from the caller, not from us. */
  #value(): void {
    do {
      while (this.#opens());
    } while (this.#continues());
  }

  /** Enters an array or object that has something inside; else takes the scalar or the empty pair. */
  #opens(): boolean {
    const byte = this.#bytes[this.#at];
    if (byte !== OPEN_BRACE && byte !== OPEN_BRACKET) {
      this.#scalar(byte);
      return false;
    }
    if (this.#open.length + 2 > this.#maxDepth) {
      throw new ScanError('depth', this.#at, `JSON is nested deeper than ${this.#maxDepth} levels`);
    }
    this.#at += 1;
    this.#space();
    if (this.#bytes[this.#at] === byte + TO_CLOSING) {
      this.#at += 1;
      return false;
    }
    this.#open.push(byte);
    if (byte === OPEN_BRACE) this.#key();
    return true;
  }

  /** After a value: closes what ends here. True when another value follows. */
  #continues(): boolean {
    for (let inside = this.#open.at(-1); inside !== undefined; inside = this.#open.at(-1)) {
      this.#space();
      const byte = this.#bytes[this.#at];
      if (byte === COMMA) {
        this.#at += 1;
        this.#space();
        if (inside === OPEN_BRACE) this.#key();
        return true;
      }
      this.#expect(
        inside + TO_CLOSING,
        inside === OPEN_BRACE ? 'Expected "," or "}"' : 'Expected "," or "]"',
      );
      this.#open.pop();
    }
    return false;
  }

  #key(): void {
    this.#expect(QUOTE, 'Expected a field name in double quotes');
    this.#stringRest();
    this.#space();
    this.#expect(COLON, 'Expected ":" after a field name');
    this.#space();
  }

  #scalar(byte: number | undefined): void {
    if (byte === QUOTE) {
      this.#at += 1;
      this.#stringRest();
    } else if (byte === 0x74) this.#word('true');
    else if (byte === 0x66) this.#word('false');
    else if (byte === 0x6e) this.#word('null');
    else this.#number();
  }

  /** From just after the opening quote to just after the closing one. */
  #stringRest(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (const limit = at + WALK; at < limit; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#at = at + 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.#escapes = true;
        at += 1;
      } else if (byte === undefined) break;
    }
    this.#at = this.#searchQuote(at);
  }

  #searchQuote(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (;;) {
      const quote = bytes.indexOf(QUOTE, at);
      if (quote < 0) {
        this.#at = bytes.length;
        throw this.#wrong('The text ends inside a string');
      }
      let slashes = quote;
      while (slashes > from && bytes[slashes - 1] === BACKSLASH) slashes -= 1;
      if ((quote - slashes) % 2 === 0) return quote + 1;
      this.#escapes = true;
      at = quote + 1;
    }
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i += 1) {
      if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) throw this.#wrong('Unexpected value');
    }
    this.#at += word.length;
  }

  #number(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    if (bytes[at] === 0x2d) at += 1;
    const whole = at;
    at = digits(bytes, at);
    if (at === whole || (bytes[whole] === 0x30 && at > whole + 1)) throw this.#wrong('Unexpected value');
    if (bytes[at] === 0x2e) at = this.#someDigits(at + 1);
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      const sign = bytes[at + 1];
      at = this.#someDigits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
    }
    this.#at = at;
  }

  #someDigits(from: number): number {
    const to = digits(this.#bytes, from);
    if (to === from) throw this.#wrong('Malformed number');
    return to;
  }

  #space(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (
      let byte = bytes[at];
      byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
      byte = bytes[at]
    ) {
      at += 1;
    }
    this.#at = at;
  }

  #expect(byte: number, message: string): void {
    if (this.#bytes[this.#at] !== byte) throw this.#wrong(message);
    this.#at += 1;
  }

  #tooMany(): ScanError {
    return new ScanError('fields', this.#at, `The object has more than ${this.#maxFields} fields`);
  }

  #wrong(message: string): ScanError {
    const where = this.#at >= this.#bytes.length ? 'at the end of the text' : `at byte ${this.#at}`;
    return new ScanError('syntax', this.#at, `${message} ${where}.`);
  }
}

function digits(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = bytes[at]) at += 1;
  return at;
}

export function named(fields: readonly Field[], name: string): Field | undefined {
  for (const field of fields) if (field.name === name) return field;
  return undefined;
}
