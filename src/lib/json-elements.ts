// Where the elements of a JSON array stand in its bytes, so that some can be left out and the others
// stay as they are.

export interface Span {
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Spans of the elements of the array that begins at `start`. The bytes must be valid JSON. */
export function elementSpans(bytes: Buffer, start: number): Span[] {
  const spans: Span[] = [];
  let depth = 0;
  let from = -1;
  let last = -1;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte <= 0x20) continue;
    const closes = byte === 0x5d || byte === 0x7d;
    if ((closes || byte === COMMA) && depth === 1) {
      if (from >= 0) spans.push({ start: from, end: last + 1 });
      if (closes) return spans;
      from = -1;
      continue;
    }
    if (depth > 0 && from < 0) from = at;
    if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (closes) depth -= 1;
    else if (byte === QUOTE) at = stringEnd(bytes, at);
    last = at;
  }
  return spans;
}

/** Offset of the quote that ends the string whose opening quote stands at `start`. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; ; at += 1) {
    at = bytes.indexOf(QUOTE, at);
    if (at < 0) return bytes.length;
    let slashes = at;
    while (bytes[slashes - 1] === BACKSLASH) slashes -= 1;
    if ((at - slashes) % 2 === 0) return at;
  }
}
