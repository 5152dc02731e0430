// What the process itself costs: processor, memory, descriptors, and how late its event loop runs.
import fs from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

export interface ProcessFigures {
  readonly nodeVersion: string;
  /** Epoch seconds. */
  readonly startedAt: number;
  cpuSeconds(): number;
  residentBytes(): number;
  /** Undefined where the system does not tell. */
  openDescriptors(): number | undefined;
  /** Quantile and seconds; starts anew with each reading. */
  loopDelay(): readonly (readonly [quantile: string, seconds: number])[];
}

const NANO = 1e9;
const MICRO = 1e6;
const MILLI = 1000;
const RESOLUTION = 20;
const DESCRIPTORS = '/proc/self/fd';

/** Watches the event loop from now on; the watch does not keep the process alive. */
export function createProcessFigures(wall: () => number): ProcessFigures {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  return {
    nodeVersion: process.version,
    startedAt: Math.round(wall() / MILLI - process.uptime()),
    cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return (user + system) / MICRO;
    },
    residentBytes: () => process.memoryUsage.rss(),
    openDescriptors,
    loopDelay() {
      // What is measured is the whole interval between two looks.
      const late = (percentile: number): number =>
        Math.max(0, delay.percentile(percentile) / NANO - RESOLUTION / MILLI);
      const figures = [['0.5', late(50)] as const, ['0.99', late(99)] as const, ['1', late(100)] as const];
      delay.reset();
      return figures;
    },
  };
}

function openDescriptors(): number | undefined {
  try {
    // Reading the folder takes one itself.
    return fs.readdirSync(DESCRIPTORS).length - 1;
  } catch {
    return undefined;
  }
}
