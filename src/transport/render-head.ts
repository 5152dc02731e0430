// The request line and headers of an upstream call as the text that goes onto the wire.
import type { WireCall, WireHeaders } from '../canonical/wire.ts';
import { authorityOf } from '../lib/authority.ts';

export function renderHead(wire: WireCall): string {
  const head = `${wire.method} ${wire.path} HTTP/1.1\r\nhost: ${authorityOf(wire.origin)}\r\n${lines(wire.headers)}`;
  if (wire.method !== 'POST' && wire.method !== 'PUT') return `${head}\r\n`;
  let length = 0;
  for (const piece of wire.body) length += piece.length;
  return `${head}content-length: ${length}\r\n\r\n`;
}

/** Most calls to an upstream carry the very same headers, so their text is kept for as long as they are. */
const rendered = new WeakMap<WireHeaders, string>();

function lines(headers: WireHeaders): string {
  let text = rendered.get(headers);
  if (text !== undefined) return text;
  text = '';
  for (const name in headers) text += `${name}: ${clean(headers[name] as string)}\r\n`;
  rendered.set(headers, text);
  return text;
}

/** A line break in a header value would let whoever wrote it add headers, or a second request. */
function clean(value: string): string {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code > 0xff || code === 0x7f) return value.replace(/[^\x20-\x7e\x80-\xff]/g, '');
  }
  return value;
}
