// Time for scripts: the system's, or a test's own, which passes only when the test says so.

/** Settles when so many milliseconds have passed. */
export type Timer = (milliseconds: number) => Promise<void>;

/** Does not keep the process alive. */
export const systemTimer: Timer = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });

export interface HandTimer {
  readonly timer: Timer;
  /** How many wait. */
  readonly waiting: number;
  /** Once somebody waits. */
  waitedFor(): Promise<void>;
  pass(milliseconds: number): void;
}

export function createHandTimer(): HandTimer {
  let now = 0;
  let waits: { readonly at: number; readonly due: () => void }[] = [];
  const watchers: (() => void)[] = [];
  return {
    timer: (milliseconds) =>
      new Promise((due) => {
        waits.push({ at: now + milliseconds, due });
        for (const seen of watchers.splice(0)) seen();
      }),
    get waiting() {
      return waits.length;
    },
    waitedFor: () =>
      new Promise((seen) => {
        if (waits.length > 0) seen();
        else watchers.push(seen);
      }),
    pass(milliseconds) {
      now += milliseconds;
      const due = waits.filter((wait) => wait.at <= now);
      waits = waits.filter((wait) => wait.at > now);
      for (const wait of due) wait.due();
    },
  };
}
