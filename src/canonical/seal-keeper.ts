// Sealed bytes of tool calls, remembered for callers who lose them: many clients keep of a call only what
// their own dialect has a field for, and the model that made it refuses the next turn without the rest.
import type { Sealed } from './blocks.ts';

/** What the calls of one tenant were sealed with: ids of calls are no secret, so nobody else's are looked up. */
export interface SealKeeper {
  keep(callId: string, sealed: Sealed): void;
  /** Undefined when it was never kept, or is forgotten. */
  find(callId: string): Sealed | undefined;
}
