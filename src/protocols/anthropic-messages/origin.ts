// Where blocks and calls come from: the dialect's id marks calls and raw blocks, the vendor's name sealed ones.
import type { CallContent } from '../../canonical/content.ts';

export const DIALECT = 'anthropic-messages';
/** Origin of signatures and redacted reasoning. */
export const VENDOR = 'anthropic';

/** Was this call written in this dialect? Then its words go back as they were. */
export function isNative(content: CallContent): boolean {
  return content.origin === DIALECT;
}
