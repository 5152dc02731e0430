// The event that most frames hold, read without parsing: its shape is checked piece by piece, and anything
// unusual is left to the parser. Quotes inside strings are escaped, so a key found is a key.

const HEAD = '{"type":"response.output_text.delta",';
const DELTA = ',"delta":"';
const ITEM = ',"item_id":"';
const OUTPUT = ',"output_index":';
const CONTENT = ',"content_index":';
const LOGPROBS = '"logprobs":[{';

export interface TextDelta {
  readonly itemId: string;
  readonly output: number;
  readonly content: number;
  readonly text: string;
}

/** Undefined when the event is another one, or is written in another way. */
export function readTextDelta(data: string): TextDelta | undefined {
  if (!data.startsWith(HEAD) || !data.endsWith('}') || data.includes(LOGPROBS)) return undefined;
  const text = textAfter(data, DELTA);
  const itemId = textAfter(data, ITEM);
  if (text === undefined || itemId === undefined) return undefined;
  const output = numberAfter(data, OUTPUT);
  const content = numberAfter(data, CONTENT);
  return output === undefined || content === undefined ? undefined : { itemId, output, content, text };
}

function textAfter(data: string, key: string): string | undefined {
  const at = data.indexOf(key);
  if (at < 0) return undefined;
  const from = at + key.length;
  const text = data.slice(from, data.indexOf('"', from));
  // A backslash starts an escape, perhaps of the very quote just found.
  return text.includes('\\') ? undefined : text;
}

function numberAfter(data: string, key: string): number | undefined {
  const at = data.indexOf(key);
  if (at < 0) return undefined;
  const number = Number.parseInt(data.slice(at + key.length, at + key.length + 10), 10);
  return Number.isNaN(number) ? undefined : number;
}
