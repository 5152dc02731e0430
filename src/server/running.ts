// A gateway that runs, as whoever started it sees it.

import type { WorkerTies } from './workers/messages.ts';

export interface StartOptions {
  /** Undefined: SIGNALBOX_CONFIG, else signalbox.yaml where we stand, else the built-in configuration. */
  readonly configPath?: string;
  /** From the command line; they win over the file. */
  readonly overrides: { readonly host?: string; readonly port?: number; readonly state?: string };
  readonly env: NodeJS.ProcessEnv;
  /** This is one worker of several. */
  readonly ties?: WorkerTies;
}

/** Throws a ConfigError when the config file is wrong. */
export type StartServer = (options: StartOptions) => Promise<RunningServer>;

export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly portWanted: number;
  readonly port: number;
  /** Milliseconds. */
  readonly startedIn: number;
  /** A key that works; `shown` is its text if it may be printed, `file` where it is kept. */
  readonly key: { readonly shown?: string; readonly name: string; readonly file?: string } | undefined;
  /** Engines and services in reach. */
  readonly found: readonly { readonly name: string; readonly detail: string }[];
  /** What the person at the terminal should know, loudly. */
  readonly notes: readonly string[];
  readonly models: readonly string[];
  /** Those of them that no real model answers. */
  readonly simulated: readonly string[];
  readonly configFile?: string;
  /** Settles when the last call has ended after a stop. */
  readonly closed: Promise<void>;
  stop(reason: string): Promise<void>;
}
