// The event that most messages hold, read without parsing: its shape is checked piece by piece, and anything
// unusual is left to the parser. The service pads its events with letters to hide the length of the words.

const HEAD = '{"contentBlockIndex":';
const BODY = ',"delta":{"text":"';

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

const PADDING = '},"p":"';

/** Two closing braces, with nothing but padding between them. */
function closes(data: string, from: number): boolean {
  if (data.length === from + 2) return data.endsWith('}}');
  if (!data.startsWith(PADDING, from)) return false;
  const end = data.indexOf('"', from + PADDING.length);
  return end === data.length - 2 && data.endsWith('"}') && !data.includes('\\', from);
}
