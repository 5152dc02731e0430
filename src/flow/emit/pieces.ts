// What is kept of an answer until it may leave: pieces, text or bytes.
export function textOf(pieces: readonly (Buffer | string)[]): string {
  return pieces.map((piece) => piece.toString()).join('');
}

/** Nearly always one piece; undefined when there is none. */
export function joined(pieces: readonly (Buffer | string)[]): Buffer | string | undefined {
  if (pieces.length <= 1) return pieces[0];
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}
