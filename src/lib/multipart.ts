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

export interface Part extends Field {
  /** It has the name of a file; else it is a text. */
  readonly isFile: boolean;
}

interface FormScan extends Scan {
  readonly fields: readonly Part[];
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
export function scanForm(bytes: Buffer, boundary: string): FormScan {
  const mark = `--${boundary}`;
  const fields: Part[] = [];
  let at = firstMark(bytes, mark);
  if (at < 0) throw new FormError(0, 'the boundary that the content type names does not occur');
  while (!endsHere(bytes, at + mark.length)) {
    const field = partAt(bytes, at, mark);
    fields.push(field);
    if (fields.length > MOST_PARTS) throw new FormError(at, `it has more than ${MOST_PARTS} parts`);
    at = field.end + CRLF.length;
  }
  return { fields, close: at, ambiguous: false };
}

/** A boundary begins a line: elsewhere in the preamble it is a word like any other. */
function firstMark(bytes: Buffer, mark: string): number {
  if (bytes.toString('latin1', 0, mark.length) === mark) return 0;
  const before = bytes.indexOf(`${CRLF}${mark}`);
  return before < 0 ? before : before + CRLF.length;
}

function endsHere(bytes: Buffer, at: number): boolean {
  return bytes.toString('latin1', at, at + 2) === '--';
}

function partAt(bytes: Buffer, at: number, mark: string): Part {
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
  return { ...namesIn(head, at), start, end: Math.max(start, end), keyStart: at };
}

/** A head that two readers could read differently is refused: rights go by the name. */
function namesIn(head: string, at: number): Pick<Part, 'name' | 'isFile'> {
  const lines = head.split(CRLF);
  const dispositions = lines.filter((line) => DISPOSITION.test(line));
  const [line, another] = dispositions;
  if (another !== undefined || lines.some((text) => FOLDED.test(text))) {
    throw new FormError(at, 'the head of a part is ambiguous');
  }
  const parameters = line === undefined ? [] : parametersIn(line, at);
  const names = parameters.filter(([key]) => key.startsWith('name'));
  const [key, name] = names[0] ?? [];
  if (name === undefined || names.length > 1 || key !== 'name') throw new FormError(at, 'a part has no name');
  if (name.includes('\\')) throw new FormError(at, 'the name of a part has a backslash in it');
  return { name, isFile: parameters.some(([key]) => key.startsWith('filename')) };
}

const DISPOSITION = /^content-disposition\s*:/i;
const FOLDED = /^[ \t]/;
const PARAMETER = /\s*;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/y;

/** Keys in lower case with their values, as they are written. */
function parametersIn(line: string, at: number): [key: string, value: string][] {
  const found: [string, string][] = [];
  const start = line.indexOf(';');
  let read = start < 0 ? line.length : start;
  for (PARAMETER.lastIndex = read; ; read = PARAMETER.lastIndex) {
    const parameter = PARAMETER.exec(line);
    if (parameter === null) break;
    found.push([parameter[1]?.toLowerCase() ?? '', parameter[2] ?? parameter[3] ?? '']);
  }
  if (line.slice(read).trim() !== '') throw new FormError(at, 'the head of a part cannot be read');
  return found;
}

/** A part that holds a text, with its boundary and the line end after it. */
export function textPart(boundary: string, name: string, value: string): string {
  const disposition = `content-disposition: form-data; name="${name}"`;
  return `--${boundary}${CRLF}${disposition}${HEAD_END}${value}${CRLF}`;
}
