// Is this text one JSON object? Accepts exactly what scanObject accepts, and says nothing else about it: no
// fields, no offsets, no values. For streams, where the question comes with every event.
// Linear, without recursion; a string costs one native search.

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
/** From `{` to `}` and from `[` to `]`. */
const TO_CLOSING = 2;
const NOT_JSON = -1;

/** The brackets we are inside of. Kept between scans: a scan is over before the next one begins. */
const open: number[] = [];
let depth = 0;

/** `text` holds one character per byte (latin1); the object lies from `from` to `to`, and nothing beside it. */
export function isObjectText(text: string, from: number, to: number, maxDepth: number): boolean {
  let at = afterSpace(text, from);
  if (text.charCodeAt(at) !== OPEN_BRACE) return false;
  depth = 0;
  do {
    at = afterValue(text, at, maxDepth);
    if (at !== NOT_JSON) at = nextValue(text, at);
  } while (depth > 0 && at !== NOT_JSON);
  // Whatever was read beyond `to` belongs to others: then `at` lies there, too.
  while (at < to && at !== NOT_JSON && isSpace(text.charCodeAt(at))) at += 1;
  return at === to;
}

/** Enters brackets until there is a scalar or an empty pair to pass. */
function afterValue(text: string, from: number, maxDepth: number): number {
  let at = from;
  for (;;) {
    const first = text.charCodeAt(at);
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return afterScalar(text, at, first);
    if (depth >= maxDepth) return NOT_JSON;
    at = afterSpace(text, at + 1);
    if (text.charCodeAt(at) === first + TO_CLOSING) return at + 1;
    open[depth] = first;
    depth += 1;
    if (first === OPEN_BRACE) at = afterKey(text, at);
    if (at === NOT_JSON) return NOT_JSON;
  }
}

/** Closes what ends here, up to the value that follows or the end of the object. */
function nextValue(text: string, from: number): number {
  let at = from;
  while (depth > 0) {
    at = afterSpace(text, at);
    const inside = open[depth - 1] as number;
    const next = text.charCodeAt(at);
    at += 1;
    if (next === COMMA) {
      at = afterSpace(text, at);
      return inside === OPEN_BRACE ? afterKey(text, at) : at;
    }
    if (next !== inside + TO_CLOSING) return NOT_JSON;
    depth -= 1;
  }
  return at;
}

function afterKey(text: string, from: number): number {
  if (text.charCodeAt(from) !== QUOTE) return NOT_JSON;
  const end = afterString(text, from + 1);
  if (end === NOT_JSON) return NOT_JSON;
  const at = afterSpace(text, end);
  return text.charCodeAt(at) === COLON ? afterSpace(text, at + 1) : NOT_JSON;
}

function afterScalar(text: string, from: number, first: number): number {
  if (first === QUOTE) return afterString(text, from + 1);
  if (first === 0x6e) return text.startsWith('null', from) ? from + 4 : NOT_JSON;
  if (first === 0x74) return text.startsWith('true', from) ? from + 4 : NOT_JSON;
  if (first === 0x66) return text.startsWith('false', from) ? from + 5 : NOT_JSON;
  return afterNumber(text, from);
}

/** From just after the opening quote to just after the closing one. */
function afterString(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (text.charCodeAt(quote - 1) === BACKSLASH && isEscaped(text, quote)) {
    quote = text.indexOf('"', quote + 1);
  }
  return quote < 0 ? NOT_JSON : quote + 1;
}

/** The backslashes before it end at the opening quote at the latest. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote;
  while (text.charCodeAt(at - 1) === BACKSLASH) at -= 1;
  return (quote - at) % 2 === 1;
}

function afterNumber(text: string, from: number): number {
  const whole = text.charCodeAt(from) === 0x2d ? from + 1 : from;
  let at = afterDigits(text, whole);
  if (at === NOT_JSON || (text.charCodeAt(whole) === 0x30 && at > whole + 1)) return NOT_JSON;
  if (text.charCodeAt(at) === 0x2e) at = afterDigits(text, at + 1);
  // Behind a point without digits `at` is -1, where there is no character.
  const exponent = text.charCodeAt(at);
  if (exponent !== 0x65 && exponent !== 0x45) return at;
  const sign = text.charCodeAt(at + 1);
  return afterDigits(text, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
}

/** At least one. */
function afterDigits(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at += 1;
  return at === from ? NOT_JSON : at;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
