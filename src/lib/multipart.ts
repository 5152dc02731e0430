// Finds the parts of a multipart/form-data body in its bytes, without copying any. Only the boundary and the
// parts' heads are read; what is inside a file is nobody's business here.
import type { Field, Scan } from './json-scan.ts';

export class FormError extends Error {
  override readonly name = 'FormError';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const CRLF = '\r\n';
const HEAD_END = '\r\n\r\n';
const MOST_HEAD = 8 * 1024;
const MOST_PARTS = 256;

/** The boundary that a content type names; undefined when it is no form, or names none. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const found = /;\s*boundary=(?:"([^"\\]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/**
 * `start` and `end` of a field: its part's content. `keyStart`: where the part begins, at its boundary. `close`:
 * where a further part would go. Parts of one name may be many (files); two texts of one name are ambiguous.
 */
export function scanForm(bytes: Buffer, boundary: string): Scan {
  const mark = `--${boundary}`;
  const fields: Field[] = [];
  let at = bytes.indexOf(mark);
  if (at < 0) throw new FormError(0, 'the boundary that the content type names does not occur');
  while (!endsHere(bytes, at + mark.length)) {
    const field = partAt(bytes, at, mark);
    fields.push(field);
    if (fields.length > MOST_PARTS) throw new FormError(at, `it has more than ${MOST_PARTS} parts`);
    at = field.end + CRLF.length;
  }
  return { fields, close: at, ambiguous: false };
}

function endsHere(bytes: Buffer, at: number): boolean {
  return bytes.toString('latin1', at, at + 2) === '--';
}

function partAt(bytes: Buffer, at: number, mark: string): Field {
  const from = at + mark.length;
  if (bytes.toString('latin1', from, from + CRLF.length) !== CRLF) {
    throw new FormError(at, 'a boundary is not followed by a line end');
  }
  const headEnd = bytes.indexOf(HEAD_END, from);
  if (headEnd < 0 || headEnd - from > MOST_HEAD) throw new FormError(at, 'a part has no end to its head');
  const start = headEnd + HEAD_END.length;
  const end = bytes.indexOf(`${CRLF}${mark}`, start - CRLF.length);
  if (end < 0) throw new FormError(at, 'its last part is not complete');
  const head = bytes.toString('utf8', from + CRLF.length, headEnd);
  return { name: nameIn(head, at), start, end: Math.max(start, end), keyStart: at };
}

function nameIn(head: string, at: number): string {
  const line = head.split(CRLF).find((text) => /^content-disposition\s*:/i.test(text));
  const name = line === undefined ? null : /;\s*name="((?:[^"\\]|\\.)*)"/i.exec(line);
  if (name === null) throw new FormError(at, 'a part has no name');
  return name[1] ?? '';
}

/** A part that holds a text, with its boundary and the line end after it. */
export function textPart(boundary: string, name: string, value: string): string {
  const disposition = `content-disposition: form-data; name="${name}"`;
  return `--${boundary}${CRLF}${disposition}${HEAD_END}${value}${CRLF}`;
}
