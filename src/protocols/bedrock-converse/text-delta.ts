// The event that most messages hold, read without parsing. The service pads its events with letters to hide the length
// of the words.
import { type NumberedText, readNumberedText } from '../../lib/numbered-text.ts';

const HEAD = '{"contentBlockIndex":';
const BODY = ',"delta":{"text":"';
const PADDING = '},"p":"';

/** Undefined when the event is another one, or is written in another way. */
export function readTextDelta(data: string): NumberedText | undefined {
  return readNumberedText(data, HEAD, BODY, closes);
}

/** Two closing braces, with nothing but padding between them. */
function closes(data: string, from: number): boolean {
  if (data.length === from + 2) return data.endsWith('}}');
  if (!data.startsWith(PADDING, from)) return false;
  const end = data.indexOf('"', from + PADDING.length);
  return end === data.length - 2 && data.endsWith('"}') && !data.includes('\\', from);
}
