// The request line and headers of an upstream call as the text that goes onto the wire.
import type { WireCall } from '../canonical/wire.ts';

export function renderHead(wire: WireCall): string {
  const { host, port, tls } = wire.origin;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const authority = port === (tls ? 443 : 80) ? bracketed : `${bracketed}:${port}`;
  let head = `${wire.method} ${wire.path} HTTP/1.1\r\nhost: ${authority}\r\n`;
  for (const name in wire.headers) head += `${name}: ${clean(wire.headers[name] as string)}\r\n`;
  if (wire.method === 'POST') {
    let length = 0;
    for (const piece of wire.body) length += piece.length;
    head += `content-length: ${length}\r\n`;
  }
  return `${head}\r\n`;
}

/** A line break in a header value would let whoever wrote it add headers, or a second request. */
function clean(value: string): string {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code > 0xff || code === 0x7f) return value.replace(/[^\x20-\x7e\x80-\xff]/g, '');
  }
  return value;
}
