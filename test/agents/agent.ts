// What the suite must know of an agent: its package, how it is pointed at a gateway, and what is usual for it.
import type { Dialect } from './asked-call.ts';

export interface Agent {
  readonly id: string;
  /** Of its npm package. */
  readonly package: string;
  readonly version: string;
  /** Below `node_modules`: what the package would run after its installation. */
  readonly installScript?: string;
  /** Below `node_modules/.bin`. */
  readonly command: string;
  readonly ways: readonly Way[];
  /** The last thing it said, out of its standard output. */
  said(output: string): string;
}

/** One way of pointing an agent at the gateway. */
export interface Way {
  readonly id: string;
  readonly face: Dialect;
  /** The model name it asks for. */
  readonly model: string;
  /** Writes what files it needs, and says how to start it. */
  prepare(place: Place, prompt: string): Launch;
  /** Takes several calls of tools in one turn. */
  readonly parallel: boolean;
  /** Calls beside the conversation, such as for a title. They offer no tools. */
  readonly asides: number;
  /** What it asks, call by call, when the stream of its first turn broke off. */
  readonly brokenOff: readonly Asking[];
  /** When all targets failed before they said anything. */
  readonly allFailed: readonly Asking[];
  /** When a call is too long: the upstream said by how much, or it did not. */
  readonly tooLong: { readonly figures: Healing; readonly words: Healing };
}

/** Asks again for a shorter answer, asks for a summary and goes on from there, or gives up. */
export type Healing = 'shrinks' | 'compacts' | 'stops';

export type Asking = 'streamed' | 'whole';

export interface Place {
  /** The agent's own home and working folder. */
  readonly home: string;
  readonly work: string;
  readonly url: string;
  readonly key: string;
}

export interface Launch {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}
