// Pages that clients of a face ask for beside their calls: lists of models and the like, in the face's own shape.
// They are made of what the gateway knows; no upstream is asked.
import type { Deed } from './held.ts';
import type { JsonObject } from './json.ts';
import type { Ability } from './provider.ts';
import type { KeptTurns } from './turns.ts';

/** A model the key may use, as the gateway lists it. */
export interface PageModel {
  readonly name: string;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly abilities?: readonly Ability[];
}

export interface PageAsked {
  readonly models: readonly PageModel[];
  /** When models were first known, for lists that state a date. */
  readonly since: Date;
  /** Empty where the page reads none. */
  readonly body: JsonObject;
  /** Of the path, what lies below the page's own. */
  readonly rest: string;
  readonly query: URLSearchParams;
  /** What is kept for the caller's tenant; nothing, for pages that do not say they are about it. */
  readonly turns: KeptTurns;
}

export interface FacePage {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** One that ends in a slash stands for all below it. */
  readonly path: string;
  /** Anybody may ask: it tells nothing about this gateway, and gets no models. */
  readonly open?: true;
  /** It is asked with a JSON body. Others read none. */
  readonly asks?: true;
  /** It is about a kept turn, and this is done to it: within the limits of the key, and on record, as a call is. */
  readonly kept?: Deed;
  /** Fails with a GatewayError, which is written in the face's shape. */
  render(asked: PageAsked): JsonObject | Promise<JsonObject>;
}
