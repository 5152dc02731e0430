// What only some dialects know: operations beside conversations, replies that are gone on from, pages, and what their
// clients take for granted. All of it may be left out.
import type { CallWire } from './call-wire.ts';
import type { ErrandDialects } from './errand.ts';
import type { FacePage } from './face-page.ts';
import type { HeldDialect } from './held.ts';
import type { TurnDialect } from './turns.ts';

export interface IdleOptions {
  /** Epoch seconds. */
  readonly created: number;
}

export interface Specialties {
  /** What this dialect knows beside conversations. */
  readonly errands?: ErrandDialects;
  /** How files and batches look, in dialects that have them. */
  readonly held?: HeldDialect;
  /** Where replies can be gone on from by their id. */
  readonly turns?: TurnDialect;
  /** Pages its clients look for beside their calls. */
  readonly pages?: readonly FacePage[];
  /** Is the prompt of this `complete` call to go on as it is? Where not, other dialects are asked in a chat. Default true. */
  isBare?(wire: CallWire): boolean;
  /** Can only upstreams of this dialect take this call? Asked where another is preferred for its kind. Default false. */
  isOwn?(wire: CallWire): boolean;
  /**
   * The whole answer to a call that asks nothing of a model but to be ready, in dialects that have such calls; undefined
   * for all others. Only upstreams of this dialect are asked such a thing.
   */
  idleReply?(wire: CallWire, options: IdleOptions): string | undefined;
}
