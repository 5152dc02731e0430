// Runs an agent once: in an empty folder, with a home of its own, cut off from the internet, for a bounded time.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Launch, Place } from './agent.ts';
import type { Wall } from './witness.ts';

export interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  readonly ms: number;
  readonly tooLong: boolean;
}

export interface Ground extends Pick<Place, 'home' | 'work'> {
  remove(): void;
}

export function createGround(): Ground {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-agent-'));
  const [home, work] = [join(folder, 'home'), join(folder, 'work')];
  mkdirSync(home);
  mkdirSync(work);
  return { home, work, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

const running = new Set<ChildProcess>();

/** Whoever stops the suite stops the agents it started. */
export function endAll(): void {
  for (const child of running) endGroup(child);
}

const LONGEST_RUN = 180_000;

export async function startAgent(command: string, launch: Launch, ground: Ground, wall: Wall): Promise<Run> {
  const began = performance.now();
  const child = spawn(command, launch.args, {
    cwd: ground.work,
    env: { ...environment(ground.home, wall.url), ...launch.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: agents start helpers, and none may outlive the run.
    detached: true,
  });
  running.add(child);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors += piece;
  });
  let tooLong = false;
  const timer = setTimeout(() => {
    tooLong = true;
    endGroup(child);
  }, LONGEST_RUN);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    clearTimeout(timer);
    running.delete(child);
  });
  endGroup(child);
  return { code, output, errors, ms: performance.now() - began, tooLong };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function environment(home: string, proxy: string): Record<string, string> {
  const here = '127.0.0.1,localhost';
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: home,
    TERM: 'dumb',
    NO_COLOR: '1',
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: here,
    no_proxy: here,
  };
}
