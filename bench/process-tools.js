// Starting, awaiting and ending the processes of the rig, each pinned to its core where the system can do that.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { cpus } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** @param {string} name */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

const taskset = findProgram('taskset');
const last = cpus().length - 1;

/** Gateways have core 0 for themselves; the mock and the load share the next one, or have one each. */
export const CORES = { gateway: 0, mock: Math.min(1, last), load: Math.min(2, last) };
export const PINNED = taskset !== undefined && last > 0;

/**
 * Starts a program on a core with as many descriptors as the system allows. The process id is the program's own.
 * @param {keyof typeof CORES} role @param {readonly string[]} command @param {import('node:child_process').SpawnOptions} options
 */
export function start(role, command, options = {}) {
  const pin = PINNED ? [taskset, '-c', String(CORES[role])] : [];
  const raise = ['-c', 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', 'sh'];
  return spawn('/bin/sh', [...raise, ...pin, ...command], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
}

/** Ends a process we started and waits for it; insists after a while. @param {import('node:child_process').ChildProcess} child */
export function stop(child, patienceMs = 5000) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const insist = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    child.once('exit', () => {
      clearTimeout(insist);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** A port nobody listens on just now. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Descriptors one process may hold. */
export function descriptorLimit() {
  const asked = spawnSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim();
  return asked === 'unlimited' ? 1e6 : Number(asked) || 1024;
}

/** @param {number} ms */
export function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Waits until something answers the probe, or gives up with the child's last words, from its pipe or from a log.
 * @param {import('node:child_process').ChildProcess} child @param {() => Promise<boolean>} probe @param {string} [log]
 */
export async function untilReady(child, probe, log, patienceMs = 20000) {
  let words = '';
  child.stderr?.on('data', (bytes) => {
    words = (words + bytes).slice(-2000);
  });
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    if (await probe()) return;
    await wait(5);
  }
  await stop(child, 500);
  if (log !== undefined) words = readFileSync(log, 'utf8').slice(-2000);
  throw new Error(`It did not become ready. Its last words: ${words.trim() || '(none)'}`);
}

/** One JSON object per line of a stream. @param {import('node:stream').Readable} stream @param {(line: unknown) => void} heard */
export function eachJsonLine(stream, heard) {
  let kept = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const lines = (kept + text).split('\n');
    kept = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) heard(JSON.parse(line));
  });
}
