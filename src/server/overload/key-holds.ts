// What each key's calls hold of the memory for bodies: no key may hold all of it while there are others. Kept by
// name and not with the key, since a reload issues the keys anew while their calls go on.
import type { KeyId } from '../../canonical/ids.ts';
import type { Config } from '../../config/schema.ts';
import type { KeyHold } from './guard.ts';

/** Of all that may be held. */
const SHARE = 1 / 4;

/** Of callers that showed no key that holds: nothing of theirs is read. */
export const nobody: KeyHold = { held: 0, most: 0 };

export class KeyHolds {
  readonly #holds = new Map<KeyId, KeyHold>();

  of(key: KeyId, config: Config): KeyHold {
    let hold = this.#holds.get(key);
    if (hold === undefined) {
      hold = { held: 0, most: 0 };
      this.#holds.set(key, hold);
    }
    hold.most = mostOf(config);
    return hold;
  }
}

/** Alone, every body that is allowed has room; and a key without others has nobody to leave room for. */
function mostOf({ keys, overload, listen }: Config): number {
  return keys.length > 1 ? Math.max(overload.bytes * SHARE, listen.maxBody) : Number.POSITIVE_INFINITY;
}
