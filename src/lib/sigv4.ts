// AWS's Signature Version 4 for every service but S3: a call's method, path, query, some headers and the hash
// of its body, signed with a key that is derived once per day, region and service.
import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignedCall {
  readonly method: string;
  /** As on the wire, with host and port if it has one of its own. */
  readonly host: string;
  /** As on the wire: percent-encoded, query included. */
  readonly path: string;
  readonly contentType: string | undefined;
  /** The body in pieces. */
  readonly body: readonly Buffer[];
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

export class Sigv4 {
  readonly #region: string;
  readonly #service: string;
  #day = '';
  #secret = '';
  #key: Buffer = Buffer.alloc(0);

  constructor(region: string, service: string) {
    this.#region = region;
    this.#service = service;
  }

  /** The headers that make the call a signed one. `now`: epoch milliseconds. */
  sign(call: SignedCall, credentials: AwsCredentials, now: number): Readonly<Record<string, string>> {
    const time = timestamp(now);
    const day = time.slice(0, 8);
    const { sessionToken } = credentials;
    const headers: Record<string, string> = {
      'x-amz-date': time,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    };
    const signed: Record<string, string> = {
      ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
      host: call.host,
      ...headers,
    };
    const names = Object.keys(signed).join(';');
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const canonical = hash(canonicalCall(call, signed, names));
    const signature = hmac(this.#keyOf(day, credentials.secretAccessKey), [
      ALGORITHM,
      time,
      scope,
      canonical,
    ]).toString('hex');
    headers['authorization'] =
      `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return headers;
  }

  #keyOf(day: string, secret: string): Buffer {
    if (day !== this.#day || secret !== this.#secret) {
      const ofDay = hmac(Buffer.from(`AWS4${secret}`), [day]);
      const ofRegion = hmac(ofDay, [this.#region]);
      this.#key = hmac(hmac(ofRegion, [this.#service]), ['aws4_request']);
      this.#day = day;
      this.#secret = secret;
    }
    return this.#key;
  }
}

/** `headers` are in the order of their names: content-type, host, x-amz-date, x-amz-security-token. */
function canonicalCall(call: SignedCall, headers: Readonly<Record<string, string>>, names: string): string {
  const mark = call.path.indexOf('?');
  const path = mark < 0 ? call.path : call.path.slice(0, mark);
  const query = mark < 0 ? '' : call.path.slice(mark + 1);
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}:${value.trim().replaceAll(/ {2,}/g, ' ')}\n`,
  );
  return [
    call.method,
    canonicalPath(path),
    canonicalQuery(query),
    lines.join(''),
    names,
    hashOf(call.body),
  ].join('\n');
}

/** What is encoded on the wire is encoded once more here, slashes between segments excepted. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(encode(segment));
  }
  const joined = `/${segments.join('/')}`;
  return path.endsWith('/') && segments.length > 0 ? `${joined}/` : joined;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    return [encode(decode(name)), at < 0 ? '' : encode(decode(pair.slice(at + 1)))] as const;
  });
  pairs.sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `20261120T101112Z` */
function timestamp(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hashOf(body: readonly Buffer[]): string {
  const digest = createHash('sha256');
  for (const piece of body) digest.update(piece);
  return digest.digest('hex');
}

function hmac(key: Buffer, lines: readonly string[]): Buffer {
  return createHmac('sha256', key).update(lines.join('\n')).digest();
}
