// What the encoders of a call share.
import type { CacheHint } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { SealKeeper } from '../../canonical/seal-keeper.ts';

/** A JSON object still being built. */
export type Wire = { [name: string]: Json | undefined };

export interface Encoding {
  readonly ledger: Ledger;
  /** Was the call written in this dialect? Then extras are its own words. */
  readonly native: boolean;
  readonly version: number | undefined;
  readonly quirks: Quirks;
  /** Signatures of calls that came back without them. */
  readonly seals: SealKeeper | undefined;
}

/** Fields only one dialect knows: of a call in our own they go back as they were, others are named. */
export function restore(wire: Wire, extras: JsonObject | undefined, place: string, encoding: Encoding): Wire {
  if (extras === undefined) return wire;
  for (const [name, value] of Object.entries(extras)) {
    const own = wire[name];
    if (!encoding.native) encoding.ledger.dropped(`${place}.${name}`);
    else wire[name] = isObject(own) && isObject(value) ? { ...value, ...own } : value;
  }
  return wire;
}

export function noteLostCache(cache: CacheHint | undefined, { ledger }: Encoding): void {
  if (cache !== undefined) ledger.mapped('cache_control', 'the upstream caches by itself');
}

export function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function refused(param: string, what: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', `The chosen model takes no ${what} (\`${param}\`).`, {
    param,
    remedy,
  });
}
