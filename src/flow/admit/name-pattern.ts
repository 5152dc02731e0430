// Stage admit: model names with `*` for any run of characters, matched in linear time.

export type NameTest = (name: string) => boolean;

/** Matches when any of the patterns does. No list means no restriction; an empty list allows nothing. */
export function nameTest(patterns: readonly string[] | undefined): NameTest {
  if (patterns === undefined || patterns.includes('*')) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wild = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  return (name) => exact.has(name) || wild.some((pieces) => fits(name, pieces));
}

/** The pieces between the stars: the first begins the name, the last ends it, the others lie between. */
function fits(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= name.length - last.length;
}
