// Runs in a thread of its own: the embedded store, whose every question would block who asks it.
import { parentPort, workerData } from 'node:worker_threads';
import type { Records } from '../ports.ts';
import { createRecords } from './records.ts';

export type Deed = Exclude<keyof Records, 'close'>;

export interface Question {
  readonly id: number;
  /** `close`: what was asked before is answered first. */
  readonly deed: Deed | 'close';
  readonly about: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  /** Why it could not be done. */
  readonly fault?: string;
}

const clock = { now: () => performance.now(), wall: () => Date.now() };
const records = createRecords({ path: String(workerData), clock });

async function answer({ id, deed, about }: Question): Promise<void> {
  if (deed === 'close') {
    records.close();
    parentPort?.close();
    return;
  }
  try {
    const act = records[deed] as (...values: readonly unknown[]) => Promise<unknown>;
    parentPort?.postMessage({ id, value: await act.apply(records, [...about]) } satisfies Answer);
  } catch (cause) {
    parentPort?.postMessage({ id, fault: faultOf(cause) } satisfies Answer);
  }
}

/** With the reasons below it: they name the folder that cannot be written, and the package that is not there. */
function faultOf(cause: unknown): string {
  if (cause instanceof AggregateError) return [cause.message, ...cause.errors.map(faultOf)].join(' ');
  return cause instanceof Error ? cause.message : String(cause);
}

/** One after the other: opening the file is waited for once, and all that follows is in its order. */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (question: Question) => {
  last = last.then(() => answer(question));
});
