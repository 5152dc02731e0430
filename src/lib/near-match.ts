// Which of these names was meant? Edits are counted (insert, delete, replace, swap neighbours), and a
// name that contains the other is near however much it adds.

/** Nobody needs a hint for longer names, and the work grows with the square. */
const LONGEST = 48;
const MOST_EDITS = 4;

/** The `count` nearest of `candidates`, nearest first; only those near enough to be worth saying. */
export function nearMatches(name: string, candidates: Iterable<string>, count: number): string[] {
  const wanted = plain(name);
  if (wanted === '') return [];
  const found: { readonly candidate: string; readonly distance: number }[] = [];
  const limit = Math.min(MOST_EDITS, Math.max(1, wanted.length / 3));
  for (const candidate of candidates) {
    const distance = nearness(wanted, plain(candidate), limit);
    if (distance <= limit) found.push({ candidate, distance });
  }
  // Sorting is stable: equally near names stay in the order they came.
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, count).map((match) => match.candidate);
}

/** Case and separators are what people get wrong without noticing. */
function plain(name: string): string {
  return name
    .slice(0, LONGEST)
    .toLowerCase()
    .replaceAll(/[_.:\s]/g, '-');
}

function nearness(wanted: string, candidate: string, limit: number): number {
  if (wanted.length >= 3 && candidate.includes(wanted)) return candidate === wanted ? 0 : 0.5;
  if (candidate.length >= 3 && wanted.includes(candidate)) return 0.75;
  return distance(wanted, candidate, limit);
}

/**
 * Edits that turn one text into the other; a swap of neighbours is one (optimal string alignment).
 * Gives up as soon as it must be more than `limit`.
 */
export function distance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      line.push(cheapest(a, b, row, column, line, last, before));
    }
    if (Math.min(...line, ...last) > limit) return Number.POSITIVE_INFINITY;
    before = last;
    last = line;
  }
  const edits = last[b.length] ?? 0;
  return edits > limit ? Number.POSITIVE_INFINITY : edits;
}

function cheapest(
  a: string,
  b: string,
  row: number,
  column: number,
  line: readonly number[],
  last: readonly number[],
  before: readonly number[],
): number {
  const same = a[row - 1] === b[column - 1];
  let cost = Math.min(
    (line[column - 1] ?? 0) + 1,
    (last[column] ?? 0) + 1,
    (last[column - 1] ?? 0) + (same ? 0 : 1),
  );
  if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
    cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
  }
  return cost;
}
