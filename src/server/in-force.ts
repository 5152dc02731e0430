// What of a changed config takes effect at once, and what waits for the next start because it was opened or
// made by this one: address, state folder, journal, the cache's memory, the form of the log.
import type { Config } from '../config/schema.ts';

/** The changed config as far as this process can follow it. */
export function inForce(running: Config, changed: Config): Config {
  const { host, port, portAsked, tls, drain, stall, arrival, workers, workerMemory } = running.listen;
  return {
    ...changed,
    listen: {
      ...changed.listen,
      host,
      port,
      portAsked,
      tls,
      drain,
      stall,
      arrival,
      workers,
      workerMemory,
    },
    overload: running.overload,
    state: running.state,
    cache: running.cache,
    journal: running.journal,
    log: { ...changed.log, format: running.log.format },
  };
}

const SECTIONS = ['listen', 'overload', 'cache', 'journal', 'log'] as const;

/** The settings that differ between the two, by their names in the file. */
export function waitingSettings(running: Config, changed: Config): readonly string[] {
  const now = inForce(running, changed);
  const waiting = changed.state === now.state ? [] : ['state'];
  for (const section of SECTIONS) {
    const inUse: Readonly<Record<string, unknown>> = { ...now[section] };
    for (const [name, wanted] of Object.entries(changed[section])) {
      // It says how the port came to be, and is no setting.
      if (name === 'portAsked') continue;
      if (JSON.stringify(wanted) !== JSON.stringify(inUse[name])) waiting.push(`${section}.${inFile(name)}`);
    }
  }
  return waiting;
}

function inFile(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
