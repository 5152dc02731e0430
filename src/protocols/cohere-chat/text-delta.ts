// The event that most frames hold, read without parsing: its shape is checked piece by piece, and anything unusual
// is left to the parser.

const HEAD = '{"type":"content-delta","index":';
const BODY = ',"delta":{"message":{"content":{"text":"';
const END = '"}}}}';

export interface TextDelta {
  readonly at: number;
  readonly text: string;
}

/** Undefined when the event is another one, or is written in another way. */
export function readTextDelta(data: string): TextDelta | undefined {
  if (!data.startsWith(HEAD) || !data.endsWith(END)) return undefined;
  const comma = data.indexOf(',', HEAD.length);
  if (!data.startsWith(BODY, comma)) return undefined;
  const from = comma + BODY.length;
  const to = data.length - END.length;
  const text = data.slice(from, to);
  // A backslash starts an escape, and a quote would be the end of another field.
  if (to < from || text.includes('"') || text.includes('\\')) return undefined;
  const at = Number(data.slice(HEAD.length, comma));
  return Number.isInteger(at) ? { at, text } : undefined;
}
