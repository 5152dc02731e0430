// Simulated vectors: each word has a direction that its hash picks, and a text is the sum of its words. So texts
// that share words lie close together, the same text always in the same place.
import { cutPieces } from './pieces.ts';
import { hashOf, numbersFrom } from './prose.ts';

const HALF = 2 ** 31;

/** Of length one; each number is a 32-bit float, so that it is the same written as bytes. */
export function vectorOf(text: string, dimensions: number): readonly number[] {
  const sum = new Float64Array(dimensions);
  for (const word of new Set(wordsOf(text))) {
    const next = numbersFrom(hashOf(word));
    for (let at = 0; at < dimensions; at += 1) sum[at] = (sum[at] ?? 0) + next() / HALF - 1;
  }
  const length = Math.hypot(...sum) || 1;
  return Array.from(sum, (number) => Math.fround(number / length));
}

function wordsOf(text: string): readonly string[] {
  return cutPieces(text).map((piece) => piece.trim().toLowerCase());
}

/** How alike two texts are, from 0 to 1. */
export function likeness(a: string, b: string): number {
  const [first, second] = [vectorOf(a, BREADTH), vectorOf(b, BREADTH)];
  const cosine = first.reduce((sum, number, at) => sum + number * (second[at] ?? 0), 0);
  return Math.min(1, Math.max(0, Math.fround(cosine)));
}

const BREADTH = 256;
