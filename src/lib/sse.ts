// Reads server-sent events out of whole-event bytes: spans first, text only when asked for.

export interface EventSpan {
  readonly start: number;
  /** One past the blank line that ends the event. */
  readonly end: number;
  readonly name: string;
  readonly data: string;
}

/** The events in `bytes`, which must hold whole ones. Comments and empty events are left out. */
export function readEvents(bytes: Buffer): EventSpan[] {
  const text = bytes.toString('utf8');
  const single = text.length === bytes.length;
  // What is no letter is one character in the text, however many bytes it was.
  return single || !text.includes(REPLACEMENT) ? readText(text, single) : readBroken(bytes);
}

const REPLACEMENT = '\ufffd';

/** A character a byte, until the data is read: so that each event keeps its place. */
function readBroken(bytes: Buffer): EventSpan[] {
  const marked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const from = marked ? BYTE_ORDER_MARK.length : 0;
  return readText(bytes.toString('latin1', from), true).map(({ start, end, name, data }) => ({
    start: start + from,
    end: end + from,
    name,
    data: Buffer.from(data, 'latin1').toString('utf8'),
  }));
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** `single`: each character is one byte. */
function readText(text: string, single: boolean): EventSpan[] {
  const plain = !text.includes('\r');
  const events: EventSpan[] = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let offset = start === 1 ? 3 : 0;
  while (start < text.length) {
    const end = plain ? plainEventEnd(text, start) : eventEnd(text, start);
    const size = single ? end - start : Buffer.byteLength(text.slice(start, end));
    const event = parseEvent(text.slice(start, end));
    if (event.data !== undefined || event.name !== '') {
      events.push({ start: offset, end: offset + size, name: event.name, data: event.data ?? '' });
    }
    start = end;
    offset += size;
  }
  return events;
}

function plainEventEnd(text: string, from: number): number {
  const blank = text.indexOf('\n\n', from);
  return blank < 0 ? text.length : blank + 2;
}

/** One past the blank line that ends the event starting at `from`, or the end of the text. */
function eventEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const line = lineEnd(text, at);
    if (line.next >= text.length) return text.length;
    if (line.end === at && at > from) return line.next;
    at = line.next;
  }
}

function lineEnd(text: string, from: number): { end: number; next: number } {
  const lf = text.indexOf('\n', from);
  const cr = text.slice(from, lf < 0 ? undefined : lf).indexOf('\r');
  if (cr >= 0) {
    const end = from + cr;
    return { end, next: text.charCodeAt(end + 1) === 0x0a ? end + 2 : end + 1 };
  }
  return lf < 0 ? { end: text.length, next: text.length } : { end: lf, next: lf + 1 };
}

function parseEvent(text: string): { name: string; data: string | undefined } {
  let name = '';
  let data: string | undefined;
  for (let at = 0; at < text.length; ) {
    const { end, next } = lineEnd(text, at);
    const line = text.slice(at, end);
    at = next;
    if (line.startsWith('data:')) {
      const value = fieldValue(line, 5);
      data = data === undefined ? value : `${data}\n${value}`;
    } else if (line.startsWith('event:')) name = fieldValue(line, 6);
  }
  return { name, data };
}

/** The text after `name:`, less the one space that may follow the colon. */
function fieldValue(line: string, from: number): string {
  return line.slice(line.charCodeAt(from) === 0x20 ? from + 1 : from);
}
