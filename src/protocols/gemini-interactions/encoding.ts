// What the encoders of a call share.
import type { CacheHint } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { SealKeeper } from '../../canonical/seal-keeper.ts';

/** A JSON object still being built. */
export type Wire = { [name: string]: Json | undefined };

export interface Encoding {
  readonly ledger: Ledger;
  readonly model: string;
  readonly version: number | undefined;
  readonly quirks: Quirks;
  /** Signatures of calls that came back without them. */
  readonly seals: SealKeeper | undefined;
}

/** What a signed text brings along in the vendor's other dialect. */
export const SIGNATURE = 'thoughtSignature';

/** Fields that only the caller's dialect knows: nobody calls us in this one. */
export function noteExtras(extras: JsonObject | undefined, place: string, { ledger }: Encoding): void {
  for (const name of Object.keys(extras ?? {})) ledger.dropped(`${place}.${name}`);
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
