// What every step of encoding a call needs, and what all of them say of fields that have no place.
import type { CacheHint } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';

export interface Scribe {
  readonly ledger: Ledger;
  /** Documents of the call, in the order in which they came up. */
  readonly documents: JsonObject[];
  /** May documents go beside the messages? Not where the answer is to be JSON. */
  grounds: boolean;
  /** Somebody wants to see which words rest on which document. */
  cites: boolean;
}

/** Nobody calls us in this dialect, so extras are always in the words of another. */
export function noteExtras(extras: JsonObject | undefined, path: string, { ledger }: Scribe): void {
  for (const name of Object.keys(extras ?? {})) ledger.dropped(`${path}.${name}`);
}

export function noteLostCache(cache: CacheHint | undefined, { ledger }: Scribe): void {
  if (cache !== undefined) ledger.dropped('cache_control', 'the upstream caches by itself');
}

export function refused(param: string, what: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', `The upstream's dialect does not take ${what} (\`${param}\`).`, {
    param,
    remedy,
  });
}
