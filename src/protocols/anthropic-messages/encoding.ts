// What the encoders of a call share: the object being built, cache marks and restored extras.
import type { CacheHint } from '../../canonical/blocks.ts';
import { isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';

/** A JSON object still being built. */
export type Wire = { [name: string]: Json | undefined };

export interface Encoding {
  readonly ledger: Ledger;
  /** Was the call written in this dialect? Then extras are its own words. */
  readonly native: boolean;
  /** Whose sealed blobs the upstream takes back; nobody's when undefined. */
  readonly sealedOrigin: string | undefined;
  /** Takes system messages between turns. */
  readonly inlineSystem: boolean;
  readonly imageUrls: boolean;
  /** Whatever carries a cache mark, in prompt order. */
  readonly marked: Wire[];
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

export function mark(wire: Wire, cache: CacheHint | undefined, encoding: Encoding): Wire {
  if (cache === undefined) return wire;
  wire.cache_control =
    cache.ttl === undefined ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: cache.ttl };
  encoding.marked.push(wire);
  return wire;
}

/** Fields only one dialect knows: of a call in our own they go back as they were, others are named. */
export function restore(wire: Wire, extras: JsonObject | undefined, place: string, encoding: Encoding): Wire {
  if (extras === undefined) return wire;
  if (encoding.native) {
    for (const [name, value] of Object.entries(extras)) {
      const own = wire[name];
      // Only of a source are there fields inside that we know, and others.
      wire[name] = isObject(own) && isObject(value) ? { ...own, ...value } : value;
    }
    return wire;
  }
  for (const name of Object.keys(extras)) encoding.ledger.dropped(`${place}.${name}`);
  return wire;
}

/** One text block with nothing on it may be said as a string. */
export function plainText(content: readonly Wire[]): string | undefined {
  const only = content.length === 1 ? content[0] : undefined;
  if (only === undefined || only.type !== 'text' || typeof only.text !== 'string') return undefined;
  return Object.keys(only).length === 2 ? only.text : undefined;
}
