// What a window of load measures: counts, latencies, and the CPU of the watched processes between two instants.
// Open outside the window, everything is checked all the same but nothing is counted.

import { Histogram } from './histogram.js';
import { cpuNs, machineSeconds, stolenShare } from './proc.js';

export class Meter {
  #watch;
  #before;
  #open = false;
  #latency = new Histogram();
  #first = new Histogram();
  #gap = new Histogram();
  #requests = 0;
  #frames = 0;
  #lost = 0;
  #failures = new Map();
  #failed = 0;
  #result;

  /** @param {Record<string, number>} watch name -> process id */
  constructor(watch) {
    this.#watch = watch;
  }

  start() {
    this.#before = this.#reading();
    this.#open = true;
  }

  stop() {
    this.#open = false;
    const after = this.#reading();
    const cpu = {};
    for (const name of Object.keys(this.#watch)) cpu[name] = after.cpu[name] - this.#before.cpu[name];
    const seconds = (after.at - this.#before.at) / 1000;
    const ours = Object.values(cpu).reduce((sum, ns) => sum + ns, 0) / 1e9;
    const busy = after.machine.busy - this.#before.machine.busy;
    this.#result = {
      seconds,
      // What anything else on the machine took, in cores.
      foreign: Math.max(0, busy - ours) / seconds,
      requests: this.#requests,
      frames: this.#frames,
      cpuNs: cpu,
      steal: stolenShare(this.#before.machine, after.machine),
    };
  }

  /** @param {string | undefined} fault of any answer, inside the window or not: one void answer voids the window */
  answered(latencyMs, fault, lost) {
    this.#lost += lost;
    if (fault !== undefined) {
      this.#failed++;
      this.#failures.set(fault, (this.#failures.get(fault) ?? 0) + 1);
    } else if (this.#open) {
      this.#requests++;
      this.#latency.record(latencyMs);
    }
  }

  firstFrame(ms, fresh) {
    if (!this.#open) return;
    this.#first.record(ms);
    this.#frames += fresh;
  }

  nextFrames(gapMs, fresh) {
    if (!this.#open) return;
    this.#gap.record(gapMs);
    this.#frames += fresh;
  }

  result() {
    return {
      ...this.#result,
      failed: this.#failed,
      failures: Object.fromEntries([...this.#failures].slice(0, 8)),
      lost: this.#lost,
      latency: this.#latency.summary(),
      first: this.#first.summary(),
      gap: this.#gap.summary(),
    };
  }

  #reading() {
    const cpu = Object.fromEntries(Object.entries(this.#watch).map(([name, pid]) => [name, cpuNs(pid)]));
    return { at: performance.now(), cpu, machine: machineSeconds() };
  }
}
