// One line of a batch file: `{"custom_id", "method", "url", "body"}`. What two readers could read differently is
// refused, since the body is checked and changed here and carried out elsewhere.
import { GatewayError } from '../../../canonical/errors.ts';
import type { LineWish } from '../../../canonical/held.ts';
import { type Scan, ScanError, scanObject } from '../../../lib/json-scan.ts';

const known: ReadonlySet<string> = new Set(['custom_id', 'method', 'url', 'body']);
const MOST_FIELDS = 16;
const CR = 0x0d;

export function lineWish(line: Buffer, maxDepth: number): LineWish {
  const { fields, ambiguous } = scanned(line, maxDepth);
  const other = fields.find(({ name }) => !known.has(name));
  if (other !== undefined) throw wrong(`has the unknown field "${other.name.slice(0, 80)}"`, other.name);
  if (ambiguous) throw wrong('has a field twice, or spelled with escapes');
  // Some readers end a line at a CR, too, and would find another call behind it.
  const inner = line.indexOf(CR);
  if (inner >= 0 && inner < line.length - 1) throw wrong('has a carriage return in it');
  const method = text(line, fields, 'method');
  if (method !== undefined && method !== 'POST') throw wrong('has another method than "POST"', 'method');
  const url = text(line, fields, 'url');
  if (url === undefined) throw wrong('names no "url"', 'url');
  const body = fields.find(({ name }) => name === 'body');
  if (body === undefined) throw wrong('has no "body"', 'body');
  return { url, start: body.start, end: body.end };
}

function scanned(line: Buffer, maxDepth: number): Scan {
  try {
    return scanObject(line, maxDepth, MOST_FIELDS);
  } catch (cause) {
    if (!(cause instanceof ScanError)) throw cause;
    if (cause.reason === 'fields') throw wrong(`has more than ${MOST_FIELDS} fields`);
    throw new GatewayError('bad_request', `cannot be read as a JSON object: ${cause.message}`, { cause });
  }
}

function text(line: Buffer, fields: Scan['fields'], name: string): string | undefined {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(line.toString('utf8', field.start, field.end));
    if (typeof value === 'string') return value;
  } catch {
    // Said below.
  }
  throw wrong(`has a "${name}" that is no text`, name);
}

function wrong(what: string, param?: string): GatewayError {
  return new GatewayError('bad_request', `${what}.`, param === undefined ? {} : { param });
}
