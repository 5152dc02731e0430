// The one place where outgoing text loses its secrets: exact matches of those we hold, and whatever has
// the shape of a key. The last guard, not the first: secrets should not come this far.
import type { Secret } from '../canonical/ids.ts';

export type Redact = (text: string) => string;

export const REDACTED = '[redacted]';

/** Shorter ones are words like `none` that local engines are given for a key. */
const SHORTEST = 8;
/** A vendor's or our own key: prefix, dash, and enough of no words. */
const KEY_SHAPE = '\\bs[kb]-[A-Za-z0-9_-]{16,}';

/** One expression for all of them: a single pass, whatever their number. After a reload make a new one. */
export function createRedactor(secrets: Iterable<Secret>): Redact {
  const pattern = new RegExp([...needlesOf(secrets).map(escapePattern), KEY_SHAPE].join('|'), 'g');
  return (text) => text.replace(pattern, REDACTED);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** As they are and as JSON writes them, longest first: one secret may begin with another. */
function needlesOf(secrets: Iterable<Secret>): readonly string[] {
  const needles = new Set<string>();
  for (const secret of secrets) {
    const plain = secret.reveal();
    if (plain.length < SHORTEST) continue;
    needles.add(plain);
    needles.add(JSON.stringify(plain).slice(1, -1));
  }
  return [...needles].sort((a, b) => b.length - a.length);
}
