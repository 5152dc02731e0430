// Ids of tool calls as this service takes them: its letters, and 64 of them at most. The same id always
// becomes the same, so calls and their results find each other.
import { wireId } from '../../canonical/wire-names.ts';
import { hexDigest } from '../../lib/digest.ts';

const MOST = 64;

export function wireCallId(id: string): string {
  const escaped = wireId(id);
  return escaped.length <= MOST ? escaped : hexDigest(id);
}
