// The event that most frames hold, read without parsing: its shape is checked piece by piece, and anything unusual
// is left to the parser.

const HEAD = '{"index":';
const BODY = ',"delta":{"text":"';
const TAIL = '","type":"text"},"event_type":"step.delta"}';

export interface TextDelta {
  readonly at: number;
  readonly text: string;
}

/** Undefined when the event is another one, or is written in another way. */
export function readTextDelta(data: string): TextDelta | undefined {
  if (!data.startsWith(HEAD) || !data.endsWith(TAIL)) return undefined;
  const comma = data.indexOf(',', HEAD.length);
  if (!data.startsWith(BODY, comma)) return undefined;
  const from = comma + BODY.length;
  const to = data.length - TAIL.length;
  if (to < from) return undefined;
  const text = textIn(data.slice(from, to));
  const at = Number(data.slice(HEAD.length, comma));
  return text !== undefined && Number.isInteger(at) ? { at, text } : undefined;
}

/** Undefined where the text ended before: what looked like more of it were other fields. */
function textIn(written: string): string | undefined {
  if (!written.includes('\\')) return written.includes('"') ? undefined : written;
  try {
    return JSON.parse(`"${written}"`) as string;
  } catch {
    return undefined;
  }
}
