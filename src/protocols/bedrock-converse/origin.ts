// Where blocks and calls come from: the dialect's id marks calls and raw blocks, the vendor's name sealed ones.
import type { CallContent } from '../../canonical/content.ts';

export const DIALECT = 'bedrock-converse';
/** Only Claude signs its reasoning here, and takes its signatures back wherever it is served. */
export const SIGNER = 'anthropic';
/** Redacted reasoning is written in a way of this service's own. */
export const SEALER = 'bedrock';

/** Was this call written in this dialect? Then its words go back as they were. */
export function isNative(content: CallContent): boolean {
  return content.origin === DIALECT;
}
