// How the vectors of an embeddings answer are written, by a look at the first of them.
import { skipSpace } from '../../../lib/json-elements.ts';

const KEY = '"embedding"';
const COLON = 0x3a;
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;

/** Undefined when there is none, or something else. `"embedding"` is a value, too: of `object`. */
export function encodingIn(answer: Buffer): 'float' | 'base64' | undefined {
  for (let at = answer.indexOf(KEY); at >= 0; at = answer.indexOf(KEY, at)) {
    at = skipSpace(answer, at + KEY.length);
    if (answer[at] !== COLON) continue;
    const first = answer[skipSpace(answer, at + 1)];
    if (first === QUOTE) return 'base64';
    return first === OPEN_BRACKET ? 'float' : undefined;
  }
  return undefined;
}
