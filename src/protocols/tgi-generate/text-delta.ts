// The event that most frames hold, read without parsing: its shape is checked piece by piece, and anything unusual is
// left to the parser.

const HEAD = '{"index":';
const TEXT = ',"text":"';
const LOGPROB = '","logprob":';
const END = ',"special":false},"generated_text":null,"details":null}';

/** The text of a token that is text and not the last; undefined for all other events. */
export function readTextDelta(data: string): string | undefined {
  if (!data.startsWith(HEAD) || !data.endsWith(END)) return undefined;
  const from = data.indexOf(TEXT) + TEXT.length;
  if (from < TEXT.length) return undefined;
  const to = data.indexOf('"', from);
  // Between text and end stands a number: another quote there would be one of another field.
  if (!data.startsWith(LOGPROB, to)) return undefined;
  if (data.indexOf('"', to + LOGPROB.length) !== data.length - END.length + 1) return undefined;
  const text = data.slice(from, to);
  return text.includes('\\') ? undefined : text;
}
