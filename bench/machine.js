// Where a result comes from: without it a number says nothing.

import { cpus, release, totalmem } from 'node:os';
import process from 'node:process';
import { CORES, PINNED } from './process-tools.js';

export function describeMachine() {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    pinned: PINNED ? CORES : 'no',
  };
}

export function machineLine(machine) {
  const cores = machine.pinned === 'no' ? 'not pinned' : `gateway on core ${machine.pinned.gateway}`;
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node}, ${cores}`;
}
