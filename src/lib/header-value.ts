// Text of others as the value of a response header: printable ASCII, and so short that no client chokes on
// it (many refuse more than 16 KB of headers in all).

const MOST = 2_048;
const CUT = '...';

export function headerValue(text: string): string {
  const short = text.length > MOST ? `${text.slice(0, MOST - CUT.length)}${CUT}` : text;
  return isPrintable(short) ? short : short.replace(/[^\x20-\x7e]/g, '?');
}

function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
