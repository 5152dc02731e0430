// The event that most frames hold, read without parsing.
import { type NumberedText, readNumberedText } from '../../lib/numbered-text.ts';

const HEAD = '{"type":"content_block_delta","index":';
const BODY = ',"delta":{"type":"text_delta","text":"';

/** Undefined when the event is another one, or is written in another way. */
export function readTextDelta(data: string): NumberedText | undefined {
  return readNumberedText(data, HEAD, BODY, closes);
}

/** Two closing braces and nothing else; the vendor pads its events with spaces. */
function closes(data: string, from: number): boolean {
  return data.length === from + 2 ? data.endsWith('}}') : /^\} *\} *$/.test(data.slice(from));
}
