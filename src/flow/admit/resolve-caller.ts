// Stage admit: who is this? The one way from headers to a caller, for calls and for everything else
// that needs a key.
import { GatewayError } from '../../canonical/errors.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import type { IssuedKey, KeyFault, KeyRing } from './key-ring.ts';
import { type KeyShape, shapeOf } from './key-text.ts';

export type Resolved = { readonly key: IssuedKey } | { readonly error: GatewayError };

const BEARER = '"authorization: Bearer <key>"';
const USUAL = 'x-api-key';

/** `own`: the header that clients of the dialect know; it is named first where no key came. */
export function resolveCaller(headers: WireHeaders, peer: string, ring: KeyRing, own?: string): Resolved {
  let presented = bearerOf(headers['authorization']);
  for (const name of PLAIN) {
    const key = headers[name] || undefined;
    if (key === undefined || key === presented) continue;
    if (presented !== undefined) {
      return { error: new GatewayError('invalid_key', 'The call carries two different keys.', differing) };
    }
    presented = key;
  }
  const found = ring.find(presented, peer);
  return 'fault' in found ? { error: errorOf(found, headers, presented ?? '', own) } : { key: found };
}

/** Headers that hold a key and nothing else; each vendor's clients have their own. */
const PLAIN = ['x-api-key', 'api-key', 'x-goog-api-key'] as const;

const differing = {
  param: 'authorization',
  remedy: 'Send one key, in one of the headers authorization, x-api-key, api-key and x-goog-api-key.',
};

function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined || header.length < 8) return undefined;
  if (header.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return header.slice(7).trim() || undefined;
}

function errorOf(found: KeyFault, headers: WireHeaders, presented: string, own?: string): GatewayError {
  switch (found.fault) {
    case 'missing':
      return missing(headers, own);
    case 'unknown':
      return unknown(presented);
    case 'expired':
      return new GatewayError('invalid_key', `The key "${found.record.name}" has expired.`, {
        remedy: 'Ask the operator of this gateway for a new one.',
      });
    case 'not_from_here':
      return new GatewayError(
        'permission',
        `"${found.record.name}" works on the gateway's own machine only.`,
        {
          remedy: 'Call from there, or ask the operator for a key of your own.',
        },
      );
  }
}

function missing(headers: WireHeaders, own: string | undefined): GatewayError {
  const ways = own === undefined ? [BEARER, `"${USUAL}: <key>"`] : [`"${own}: <key>"`, BEARER];
  const detail = { param: own ?? 'authorization', remedy: `Send it as ${ways.join(' or as ')}.` };
  if (headers['authorization'] === undefined) {
    return new GatewayError('invalid_key', 'The call carries no key.', detail);
  }
  return new GatewayError('invalid_key', 'The authorization header holds no bearer key.', detail);
}

const ISSUED_ONLY = "Use a key that this gateway's operator has issued.";

const unknownKeys: Readonly<Record<KeyShape, { readonly reason: string; readonly remedy: string }>> = {
  whole: { reason: ' It may have been revoked.', remedy: ISSUED_ONLY },
  broken: { reason: ' It is mistyped or cut off.', remedy: 'Copy it again, whole.' },
  foreign: {
    reason: " It looks like a vendor's own credential, which stays with the gateway.",
    remedy: ISSUED_ONLY,
  },
  any: { reason: '', remedy: ISSUED_ONLY },
};

function unknown(presented: string): GatewayError {
  const { reason, remedy } = unknownKeys[shapeOf(presented)];
  return new GatewayError('invalid_key', `That key is not one of this gateway's.${reason}`, { remedy });
}
