// The event that most frames of a numbered stream hold, a number and a text, read without parsing: its shape is checked
// piece by piece, and anything unusual is left to the parser.

export interface NumberedText {
  readonly at: number;
  readonly text: string;
}

/**
 * `head` stands before the number, `body` between it and the text; `closes` tells whether what follows the text's quote
 * is the end of the event and nothing else. Undefined when the event is another one, or is written in another way.
 */
export function readNumberedText(
  data: string,
  head: string,
  body: string,
  closes: (data: string, from: number) => boolean,
): NumberedText | undefined {
  if (!data.startsWith(head)) return undefined;
  const comma = data.indexOf(',', head.length);
  if (!data.startsWith(body, comma)) return undefined;
  const from = comma + body.length;
  const to = data.indexOf('"', from);
  const text = data.slice(from, to);
  // A backslash starts an escape, perhaps of the very quote just found.
  if (to < 0 || text.includes('\\') || !closes(data, to + 1)) return undefined;
  const at = Number(data.slice(head.length, comma));
  return Number.isInteger(at) ? { at, text } : undefined;
}
