// Versions. 2026-10-21 refuses temperature, top_p and top_k even at their defaults, and takes nothing
// that we send and 2023-06-01 would not: so the old one is ours, and a caller's own is kept unless it
// would make the upstream refuse the caller's own fields.
import type { Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';

export const VERSION = '2023-06-01';
const NO_SAMPLING_SINCE = '2026-10-21';
const SAMPLING = ['temperature', 'top_p', 'top_k'] as const;

export const forwardHeaders = [
  'anthropic-version',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
  'x-app',
  'x-claude-code-session-id',
] as const;

export function upstreamHeaders(
  caller: WireHeaders,
  body: { has(field: string): boolean },
  quirks: Quirks = {},
): WireHeaders {
  // In an envelope both stand in the body.
  if (quirks.messagesVersion !== undefined) return {};
  const asked = caller['anthropic-version'];
  // Versions are dates, so later ones sort later.
  const refuses =
    asked !== undefined && asked >= NO_SAMPLING_SINCE && SAMPLING.some((name) => body.has(name));
  const version = asked === undefined || refuses ? VERSION : asked;
  const beta = caller['anthropic-beta'];
  return beta === undefined
    ? { 'anthropic-version': version }
    : { 'anthropic-version': version, 'anthropic-beta': beta };
}
