// The start of a gateway of several processes. This one finds the port, keeps the state folder and looks
// after the workers; they do the rest.
import { createServer } from 'node:net';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Config } from '../../config/schema.ts';
import { createLog, type Log } from '../../telemetry/log.ts';
import { createRedactor } from '../../telemetry/redact.ts';
import { createStreamWrite } from '../../telemetry/stream-write.ts';
import { createClock, createTicker } from '../edges.ts';
import { listen } from '../listen.ts';
import type { RunningServer } from '../running.ts';
import { StateFolder } from '../state.ts';
import { Fleet } from './fleet.ts';
import { createSpawn } from './processes.ts';

export async function supervise(config: Config): Promise<RunningServer> {
  const clock = createClock();
  const ticker = createTicker(true);
  const state = new StateFolder(config.state);
  // Made here, once: workers that start side by side find them there.
  state.pepper();
  const firstKey = config.keys.length === 0 ? state.firstKey() : undefined;
  const port = await freePort(config);
  const log = openLog(config, clock, ticker);
  const { workers: count, workerMemory: memory } = config.listen;
  const fleet = new Fleet({ count, memory, clock, ticker, log, spawn: createSpawn(count, port) });
  const facts = await fleet.start().catch(async (cause: unknown) => {
    await fleet.stop();
    throw cause;
  });
  const notes = [...state.notes, ...facts.notes];
  const isOurs = state.claim(process.pid);
  if (isOurs) state.announce(facts.url);
  else notes.push(`ANOTHER GATEWAY USES ${state.path}: give each a folder of its own with --state.`);
  if (port !== config.listen.port && config.listen.port !== 0) {
    notes.push(`PORT ${config.listen.port} IS IN USE: listening on ${port} instead.`);
  }
  const signals = hearSignals(fleet);
  const stop = once(async () => {
    if (isOurs) state.withdraw();
    await fleet.stop();
    signals();
    log.close();
  });
  return {
    ...facts,
    notes,
    startedIn: performance.now(),
    portWanted: config.listen.port,
    // A worker does not know whether the key was there before.
    ...(firstKey === undefined
      ? {}
      : { key: { name: 'this machine', shown: firstKey.text, file: firstKey.file } }),
    closed: stop.done,
    stop: stop.run,
  };
}

function hearSignals(fleet: Fleet): () => void {
  const reload = (): void => fleet.reload();
  const roll = (): void => void fleet.roll();
  process.on('SIGHUP', reload);
  process.on('SIGUSR2', roll);
  return () => {
    process.removeListener('SIGHUP', reload);
    process.removeListener('SIGUSR2', roll);
  };
}

function once(task: () => Promise<void>): { readonly done: Promise<void>; run(): Promise<void> } {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  let running: Promise<void> | undefined;
  return {
    done,
    run() {
      running ??= task().then(end);
      return running;
    },
  };
}

/** Taken and given back: from then on it has a number, and the workers share what listens there. */
async function freePort(config: Config): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, config.listen);
  await promisify(probe.close.bind(probe))();
  return port;
}

function openLog(
  config: Config,
  clock: ReturnType<typeof createClock>,
  ticker: ReturnType<typeof createTicker>,
): Log {
  const { level, format = process.stderr.isTTY ? 'pretty' : 'json' } = config.log;
  const write = createStreamWrite(process.stderr);
  return createLog({ write, level, format, clock, ticker, redact: createRedactor([]), encode: () => '' });
}
