// `signalbox serve`: runs the gateway until a signal ends it.
import process from 'node:process';
import type { RunningServer, StartOptions, StartServer } from '../server/running.ts';
import { banner, bannerJson } from './banner.ts';
import { FAILED, OK } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface ServeFlags {
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly state?: string;
  readonly json?: boolean;
}

/** What a process offers to hear of signals and to end at once. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM', listener: (signal: string) => void): unknown;
  exit(code: number): void;
}

export async function serve(
  flags: ServeFlags,
  terminal: Terminal,
  start: StartServer,
  signals: Signals = process,
): Promise<number> {
  const running = await start(startOptions(flags, terminal.env));
  stopOnSignal(running, signals, terminal);
  terminal.out.write(flags.json === true ? bannerJson(running) : banner(running, terminal));
  await running.closed;
  return OK;
}

export function startOptions(flags: ServeFlags, env: NodeJS.ProcessEnv): StartOptions {
  return {
    ...(flags.config === undefined ? {} : { configPath: flags.config }),
    overrides: {
      ...(flags.host === undefined ? {} : { host: flags.host }),
      ...(flags.port === undefined ? {} : { port: flags.port }),
      ...(flags.state === undefined ? {} : { state: flags.state }),
    },
    env,
  };
}

/** The first signal drains, the second one means it. */
function stopOnSignal(running: RunningServer, signals: Signals, terminal: Terminal): void {
  let asked = false;
  const stop = (signal: string): void => {
    if (asked) {
      signals.exit(FAILED);
      return;
    }
    asked = true;
    terminal.err.write(`${signal}: finishing open calls; once more to leave at once.\n`);
    running.stop(signal).catch((error: unknown) => {
      terminal.err.write(`Stopping failed: ${error instanceof Error ? error.message : String(error)}\n`);
      signals.exit(FAILED);
    });
  };
  signals.on('SIGINT', stop);
  signals.on('SIGTERM', stop);
}
