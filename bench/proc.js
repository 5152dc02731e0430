// What the kernel says about a process tree: CPU time in nanoseconds, memory, and time stolen by the host.

import { readdirSync, readFileSync } from 'node:fs';

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process or thread has just gone: it has nothing to say.
    return '';
  }
}

/** @param {string} path */
function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The process and all its descendants. @param {number} pid @returns {number[]} */
function treeOf(pid) {
  const children = list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

/** User plus system time of every thread in the tree, garbage collector and pool included. @param {number} pid */
export function cpuNs(pid) {
  let sum = 0;
  for (const member of treeOf(pid)) {
    for (const thread of list(`/proc/${member}/task`)) {
      sum += Number(read(`/proc/${member}/task/${thread}/schedstat`).split(' ', 1)[0]);
    }
  }
  return sum;
}

/** @param {number} pid @param {'VmRSS' | 'VmHWM'} field */
function memoryKb(pid, field) {
  let sum = 0;
  for (const member of treeOf(pid)) {
    const line = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(`/proc/${member}/status`));
    sum += line ? Number(line[1]) : 0;
  }
  return sum;
}

/** @param {number} pid */
export function rssKb(pid) {
  return memoryKb(pid, 'VmRSS');
}

/** @param {number} pid */
export function peakRssKb(pid) {
  return memoryKb(pid, 'VmHWM');
}

const TICKS_PER_SECOND = 100;

/** The whole machine since boot, in seconds of one core: all time, time at work, time the host took away. */
export function machineSeconds() {
  const ticks = read('/proc/stat').split('\n', 1)[0].split(/\s+/).slice(1, 9).map(Number);
  const [user, nice, system, , , irq, softirq, stolen] = ticks;
  const total = ticks.reduce((sum, field) => sum + field, 0);
  const busy = user + nice + system + irq + softirq;
  return {
    total: total / TICKS_PER_SECOND,
    busy: busy / TICKS_PER_SECOND,
    stolen: stolen / TICKS_PER_SECOND,
  };
}

/** Share of the machine's time stolen between two readings. */
export function stolenShare(before, after) {
  const total = after.total - before.total;
  return total > 0 ? (after.stolen - before.stolen) / total : 0;
}
