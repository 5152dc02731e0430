// Dialects whose replies can be gone on from by their id: what a call says about what is kept, and what must be
// kept of a reply. Who keeps it, for whom and how long, is not the dialect's business.
import type { CallWire, Edit } from './call-wire.ts';
import type { Json, JsonObject } from './json.ts';

/** What one call says about turns that are kept. */
export interface TurnWish {
  /** The reply this call goes on from. */
  readonly previous: string | undefined;
  /** May this turn be kept? */
  readonly keep: boolean;
  /** Its own items, those that stand for kept ones included. */
  readonly items: readonly Json[];
  /** Ids of kept items that stand in for the items themselves. */
  readonly references: readonly string[];
  /** What a vendor has sealed and only the upstream it came from can open. */
  readonly seals: readonly string[];
}

/** The turns of one tenant. */
export interface KeptTurns {
  find(id: string): Promise<KeptTurn | undefined>;
  /** False: there was none. */
  remove(id: string): Promise<boolean>;
}

export interface KeptTurn {
  readonly items: readonly Json[];
  readonly reply: JsonObject;
}

/** What a reply says of being kept. */
export interface Keeping {
  readonly kept: boolean;
  /** The reply that the call went on from. */
  readonly previous: string | null;
}

export interface TurnDialect {
  /** Undefined: a call that neither needs nor leaves anything. Throws for state of a kind that is not kept here. */
  wish(wire: CallWire): TurnWish | undefined;
  /** The call by itself: nothing in it points to something kept. `items`: all of them, where its own are not enough. */
  whole(wire: CallWire, items: readonly Json[] | undefined): readonly Edit[];
  /** An item that stands for the kept one of this id. */
  referenceOf(item: Json): string | undefined;
  /** The items of a reply, by which a later call goes on from it. */
  itemsOf(reply: JsonObject): readonly Json[];
  /** The reply object in the end of an answer, streamed or whole; undefined when it holds none. */
  replyIn(ending: string): JsonObject | undefined;
  /** What is sealed in a reply. */
  sealsIn(reply: JsonObject): readonly string[];
  /** As the caller asked for it; undefined where that is what an upstream says that keeps nothing. */
  keeping(wire: CallWire): Keeping | undefined;
  /** Whole events of a reply, or all of one, with this said. Asked for every read: must cost next to nothing where none is. */
  restate(bytes: Buffer, keeping: Keeping): Buffer;
}
