// The event that most frames hold, read without parsing: its shape is checked piece by piece, and
// anything unusual is left to the parser.

const HEAD = '{"type":"content_block_delta","index":';
const BODY = ',"delta":{"type":"text_delta","text":"';

export interface TextDelta {
  readonly at: number;
  readonly text: string;
}

/** Undefined when the event is another one, or is written in another way. */
export function readTextDelta(data: string): TextDelta | undefined {
  if (!data.startsWith(HEAD)) return undefined;
  const comma = data.indexOf(',', HEAD.length);
  if (!data.startsWith(BODY, comma)) return undefined;
  const from = comma + BODY.length;
  const to = data.indexOf('"', from);
  const text = data.slice(from, to);
  // A backslash starts an escape, perhaps of the very quote just found.
  if (to < 0 || text.includes('\\') || !closes(data, to + 1)) return undefined;
  const at = Number(data.slice(HEAD.length, comma));
  return Number.isInteger(at) ? { at, text } : undefined;
}

/** Two closing braces and nothing else; the vendor pads its events with spaces. */
function closes(data: string, from: number): boolean {
  return data.length === from + 2 ? data.endsWith('}}') : /^\} *\} *$/.test(data.slice(from));
}
