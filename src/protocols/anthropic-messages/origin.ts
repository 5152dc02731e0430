// Where blocks and calls come from: the dialect's id marks raw blocks, the vendor's name sealed ones.
import type { CallContent } from '../../canonical/content.ts';
import type { JsonObject } from '../../canonical/json.ts';

export const DIALECT = 'anthropic-messages';
/** Origin of signatures and redacted reasoning. */
export const VENDOR = 'anthropic';

const native = Symbol('decoded from this dialect');

/** Survives a spread, so a call that was changed on the way still knows its own words. */
export function markNative(content: CallContent): CallContent {
  return Object.assign(content, { [native]: true });
}

/** Was this call written in this dialect? Then its words go back as they were. */
export function isNative(content: CallContent): boolean {
  return native in content;
}

/** Fields only this dialect knows, kept on blocks and tools whose canonical shape has no room for them. */
export type Kept<T> = T & { readonly extras?: JsonObject };
