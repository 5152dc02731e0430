// Word pieces: the simulator's tokens. One scanner counts and cuts, so usage is exact by construction.

const LONGEST = 8;

/** One past the piece that starts at `at`: leading white space, then a run of letters or one sign. */
export function pieceEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && text.charCodeAt(end) <= 0x20) end += 1;
  if (end === text.length) return end;
  if (!isWord(text.charCodeAt(end))) return end + 1;
  const limit = Math.min(text.length, end + LONGEST);
  while (end < limit && isWord(text.charCodeAt(end))) end += 1;
  return isHighSurrogate(text.charCodeAt(end - 1)) && end < text.length ? end + 1 : end;
}

/** Everything beyond ASCII counts as a letter. */
function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code >= 0x80
  );
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

export function countPieces(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at = pieceEnd(text, at)) count += 1;
  return count;
}

export function cutPieces(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}
