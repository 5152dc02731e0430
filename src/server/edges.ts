// The real clock, dice and timer. Everything else in the tree gets them handed in.
import type { Clock, Random, Ticker } from '../ports.ts';

export function createClock(): Clock {
  return { now: () => performance.now(), wall: () => Date.now() };
}

/** For spreading load and jitter, never for anything that must not be guessed. */
export function createRandom(): Random {
  return { next: () => Math.random() };
}

/** Ticks do not keep the process alive, unless it has nothing else left to do and must still wait. */
export function createTicker(keepsAlive = false): Ticker {
  return {
    every(milliseconds, tick) {
      const timer = setInterval(tick, milliseconds);
      if (!keepsAlive) timer.unref();
      return () => clearInterval(timer);
    },
  };
}
