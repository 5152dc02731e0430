// What the encoders of a call share: the object being built, cache points and restored extras.
import type { CacheHint } from '../../canonical/blocks.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { Family } from './families.ts';

/** A JSON object still being built. */
export type Wire = { [name: string]: Json | undefined };

/** A block, a line of the system prompt or a tool, and the cache point behind it. */
export interface Piece {
  readonly wire: Wire;
  point: Wire | undefined;
}

export interface Encoding {
  readonly ledger: Ledger;
  /** Was the call written in this dialect? Then extras are its own words. */
  readonly native: boolean;
  readonly family: Family;
  /** Signed reasoning of Claude's goes back. */
  readonly signs: boolean;
  /** Whatever has a cache point, in prompt order. */
  readonly pointed: Piece[];
  /** Names of the documents so far: no two may be the same. */
  readonly documents: Set<string>;
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** `onTool`: tools are cached by fewer models than prompts are. */
export function piece(wire: Wire, cache: CacheHint | undefined, encoding: Encoding, onTool = false): Piece {
  const made: Piece = { wire, point: undefined };
  if (cache === undefined) return made;
  const { caches } = encoding.family;
  if (caches === 'nowhere' || (onTool && caches === 'not on tools')) {
    encoding.ledger.dropped('cache_control', 'this model caches no prompts there');
    return made;
  }
  made.point = {
    cachePoint: cache.ttl === undefined ? { type: 'default' } : { type: 'default', ttl: cache.ttl },
  };
  encoding.pointed.push(made);
  return made;
}

export function flatten(pieces: readonly Piece[]): Json[] {
  return pieces.flatMap(({ wire, point }) => (point === undefined ? [wire] : [wire, point]));
}

/** Fields only one dialect knows: of a call in our own they go back as they were, others are named. */
export function restore(wire: Wire, extras: JsonObject | undefined, place: string, encoding: Encoding): Wire {
  if (extras === undefined) return wire;
  if (encoding.native) return Object.assign(wire, extras);
  for (const name of Object.keys(extras)) encoding.ledger.dropped(`${place}.${name}`);
  return wire;
}
