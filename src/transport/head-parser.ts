// Reads an HTTP/1.1 status line and header block, strictly: what is ambiguous is refused, because two
// readers who disagree about where a reply ends can be made to mix up two callers' replies.
import { GatewayError } from '../canonical/errors.ts';

export interface ParsedHead {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly keepAlive: boolean;
  readonly body: BodyFraming;
}

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until_close' };

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n]*)?$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** `text` is the head without the final blank line. */
export function parseHead(text: string): ParsedHead {
  const lines = text.split('\r\n');
  const status = STATUS_LINE.exec(lines[0] ?? '');
  if (status === null) throw garbled('its first line is no HTTP status line');
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 1; i < lines.length; i += 1) readHeader(lines[i] ?? '', headers);
  const code = Number(status[2]);
  return {
    status: code,
    headers,
    keepAlive: keepsAlive(status[1] === '1', headers.connection),
    body: framing(code, headers),
  };
}

function readHeader(line: string, headers: Record<string, string>): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  if (colon <= 0 || !TOKEN.test(name)) throw garbled('a header line is malformed');
  const value = line.slice(colon + 1).trim();
  if (CONTROL.test(value)) throw garbled(`its ${name} header has control characters`);
  const key = name.toLowerCase();
  const before = headers[key];
  if (before === undefined) headers[key] = value;
  else if (key !== 'content-length') headers[key] = `${before}, ${value}`;
  else if (before !== value) throw garbled('it states two different lengths');
}

function keepsAlive(http11: boolean, connection: string | undefined): boolean {
  if (connection === undefined) return http11;
  const wish = connection.toLowerCase();
  return http11 ? !wish.includes('close') : wish.includes('keep-alive');
}

function framing(status: number, headers: Record<string, string>): BodyFraming {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined && length !== undefined) {
    throw garbled('it states both a length and a transfer coding');
  }
  if (status === 204 || status === 304 || status < 200) return { kind: 'none' };
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw garbled(`it uses the transfer coding "${coding}"`);
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'until_close' };
  if (!/^[0-9]{1,15}$/.test(length)) throw garbled('its content-length is no number');
  return length === '0' ? { kind: 'none' } : { kind: 'length', length: Number(length) };
}

export function garbled(what: string): GatewayError {
  return new GatewayError('upstream_garbled', `The upstream's reply is not valid HTTP: ${what}.`);
}
