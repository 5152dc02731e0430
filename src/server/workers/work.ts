// A worker: a gateway like any other that shares port, state folder and limits with its like.
import process from 'node:process';
import type { StartOptions, StartServer } from '../running.ts';
import type { Ties } from './processes.ts';

const BEAT = 2_000;

/** Resolves when the last call has ended after the supervisor has said stop. */
export async function work(options: StartOptions, start: StartServer, ties: Ties): Promise<void> {
  let stop: (() => void) | undefined;
  let told = false;
  const leave = (): void => {
    told = true;
    stop?.();
  };
  ties.listen({ stop: leave, reload: () => process.emit('SIGHUP', 'SIGHUP') });
  // A terminal signals the whole group: how to stop is for the supervisor to say.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', leave);
  try {
    const running = await start({ ...options, ties });
    stop = () => void running.stop('The supervisor says so.');
    const { closed, stop: _, ...facts } = running;
    ties.say({ say: 'ready', facts });
    const beat = setInterval(() => ties.say({ say: 'beat', memory: process.memoryUsage.rss() }), BEAT);
    beat.unref();
    if (told) leave();
    await closed;
  } catch (cause) {
    ties.say({ say: 'failed', why: cause instanceof Error ? cause.message : String(cause) });
    throw cause;
  }
}
