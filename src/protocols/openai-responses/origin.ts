// Where blocks and calls come from: the dialect's id marks calls and raw blocks, the vendor's name sealed ones.
import type { Sealed } from '../../canonical/blocks.ts';

export const DIALECT = 'openai-responses';
/** Origin of encrypted reasoning. */
export const VENDOR = 'openai';
/** What a call includes to get it. */
export const SEALED_REASONING = 'reasoning.encrypted_content';

/**
 * Our mark on what others have sealed: it travels in `encrypted_content`, the one place that callers bring
 * back, and says whose it is and what: a signature of the words, the reasoning itself, the seal of a call.
 */
const MARK = 'signalbox:';
const SEP = ':';

export type SealKind = 'signature' | 'redacted' | 'call';

export interface Foreign {
  readonly sealed: Sealed;
  readonly kind: SealKind;
  /** Of a call's seal. */
  readonly callId: string;
}

export const MARKED = `"${MARK}`;

export function markForeign({ origin, value }: Sealed, kind: SealKind, callId = ''): string {
  return MARK + [origin, kind, encodeURIComponent(callId), value].join(SEP);
}

/** Undefined for what the vendor itself has encrypted. */
export function readForeign(text: string): Foreign | undefined {
  if (!text.startsWith(MARK)) return undefined;
  const [origin = '', kind = '', callId = '', ...rest] = text.slice(MARK.length).split(SEP);
  if (kind !== 'signature' && kind !== 'redacted' && kind !== 'call') return undefined;
  return { sealed: { origin, value: rest.join(SEP) }, kind, callId: plain(callId) };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
