// Where blocks and calls come from: the dialect's id marks calls and raw blocks, the vendor's name sealed ones.
import type { CallContent } from '../../canonical/content.ts';

export const DIALECT = 'gemini-generate';
/** Origin of thought signatures, whoever of the vendor's services made them. */
export const VENDOR = 'google';

/** Was this call written in this dialect? Then its words go back as they were. */
export function isNative(content: CallContent): boolean {
  return content.origin === DIALECT;
}
