// Stage cache: answers by exact key in this process's memory, the least recently used leaving first.
import { Lru } from '../../lib/lru.ts';
import type { Clock } from '../../ports.ts';
import type { Answer } from './answer.ts';

export interface ExactStore {
  /** Bytes of the largest answer kept. */
  readonly maxEntry: number;
  readonly size: number;
  readonly bytes: number;
  get(key: string): Answer | undefined;
  /** `ttl`: milliseconds for which the answer stays good. */
  put(key: string, answer: Answer, ttl: number): void;
  clear(): void;
}

export interface ExactStoreParts {
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly maxEntry: number;
  readonly maxEntries?: number;
}

/** Objects and key around the bytes of an answer, so that many tiny ones count as well. */
const OVERHEAD = 1_024;
const MOST_ENTRIES = 100_000;

export function createExactStore(parts: ExactStoreParts): ExactStore {
  const { clock, maxBytes, maxEntry, maxEntries = MOST_ENTRIES } = parts;
  const answers = new Lru<string, Answer>({ maxEntries, maxWeight: maxBytes });
  return {
    maxEntry,
    get size() {
      return answers.size;
    },
    get bytes() {
      return answers.weight;
    },
    get: (key) => answers.get(key, clock.now()),
    put(key, answer, ttl) {
      if (answer.bytes > maxEntry) return;
      answers.set(key, answer, answer.bytes + OVERHEAD, clock.now() + ttl);
    },
    clear: () => answers.clear(),
  };
}
