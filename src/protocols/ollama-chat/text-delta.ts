// The line that most frames hold, read without parsing: its shape is checked piece by piece, and anything unusual
// is left to the parser.

const CHAT = ',"message":{"role":"assistant","content":"';
const GENERATE = ',"response":"';
const CHAT_END = '"},"done":false}';
const GENERATE_END = '","done":false}';

/** What lines of one reply begin with, up to their time; undefined when they are written in another way. */
export function headOf(line: string, model: string): string | undefined {
  const head = `{"model":${JSON.stringify(model)},"created_at":"`;
  return line.startsWith(head) ? head : undefined;
}

/** The text of a line that holds nothing else; undefined for all others. */
export function readTextDelta(line: string, head: string): string | undefined {
  if (!line.startsWith(head)) return undefined;
  const time = line.indexOf('"', head.length) + 1;
  const chat = line.startsWith(CHAT, time);
  if (!chat && !line.startsWith(GENERATE, time)) return undefined;
  const from = time + (chat ? CHAT.length : GENERATE.length);
  const to = line.length - (chat ? CHAT_END.length : GENERATE_END.length);
  if (to < from || !line.endsWith(chat ? CHAT_END : GENERATE_END)) return undefined;
  const text = line.slice(from, to);
  // A backslash starts an escape, and a quote would be the end of another field.
  return text.includes('"') || text.includes('\\') ? undefined : text;
}
