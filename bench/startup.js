// Case s: from the start of the process to its first right answer, and what it holds in memory with nothing to do.

import { rssKb } from './proc.js';
import { wait } from './process-tools.js';

const IDLE_MS = 1500;

/** @param {() => Promise<object>} launch a fresh gateway; measures its own way to the first answer */
export async function startOnce(launch) {
  const contestant = await launch();
  try {
    await wait(IDLE_MS);
    return { startMs: contestant.startMs, idleMb: rssKb(contestant.pid) / 1024 };
  } finally {
    await contestant.stop();
  }
}
