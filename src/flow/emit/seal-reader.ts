// Reads along with a translated reply for what its tool calls are sealed with: the caller's dialect may have no
// place for it, and when the call comes back it is missed.

import type { ReplyEvent } from '../../canonical/reply.ts';
import type { SealKeeper } from '../../canonical/seal-keeper.ts';

export class SealReader {
  readonly #keeper: SealKeeper;
  /** Ids of the calls so far, by the indexes of their blocks. */
  readonly #calls = new Map<number, string>();

  constructor(keeper: SealKeeper) {
    this.#keeper = keeper;
  }

  read(event: Extract<ReplyEvent, { type: 'open' | 'seal' }>): void {
    if (event.type === 'open') {
      if (event.block.type === 'tool_call') this.#calls.set(event.index, event.block.id);
      return;
    }
    const call = this.#calls.get(event.index);
    if (call !== undefined) this.#keeper.keep(call, event.sealed);
  }
}
