// The heap and the descriptors of this very process.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import v8 from 'node:v8';
import vm from 'node:vm';
import type { Figures } from './guard.ts';

const LIMITS = '/proc/self/limits';
const DESCRIPTORS = '/proc/self/fd';

export function createFigures(): Figures {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const young = youngSpace(process.versions.node, flags);
  let gc: (() => void) | undefined;
  return {
    heap() {
      let used = 0;
      for (const { space_name, space_used_size } of v8.getHeapSpaceStatistics()) {
        if (!space_name.startsWith('new')) used += space_used_size;
      }
      return { used, limit: Math.max(1, v8.getHeapStatistics().heap_size_limit - young) };
    },
    descriptors() {
      // It may be changed while we run.
      const most = mostDescriptors();
      const open = most === undefined ? undefined : openDescriptors();
      return most === undefined || open === undefined ? undefined : { open, most };
    },
    collect() {
      gc ??= collector();
      gc();
    },
  };
}

/**
 * What V8 calls the limit has room for the young in it, three times a semi-space, but a process dies when there is
 * none left for the old: with 256 MiB of old space, node 20 at 84 % of that limit and node 24 at 57 %.
 */
export function youngSpace(version: string, flags: string): number {
  const stated = /--max[-_]semi[-_]space[-_]size[= ](\d+)/.exec(flags)?.[1];
  const usual = Number.parseInt(version, 10) < 23 ? 16 : 64;
  return 3 * (stated === undefined ? usual : Number(stated)) * 2 ** 20;
}

/** Node keeps its collector to itself unless asked by a flag, which may be set while it runs. */
function collector(): () => void {
  v8.setFlagsFromString('--expose-gc');
  const gc: unknown = vm.runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? () => gc() : () => undefined;
}

/** The soft limit; node has raised it as far as it may. Undefined: nobody tells, or there is none. */
function mostDescriptors(): number | undefined {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync(LIMITS, 'utf8'));
    return found?.[1] === undefined ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

/** Since Linux 6.2 the folder's size is their number; counting thousands of names takes milliseconds. */
function openDescriptors(): number | undefined {
  try {
    const { size } = statSync(DESCRIPTORS);
    return size > 0 ? size : readdirSync(DESCRIPTORS).length - 1;
  } catch (cause) {
    // None is left even to count them.
    return (cause as NodeJS.ErrnoException).code === 'EMFILE' ? Number.MAX_SAFE_INTEGER : undefined;
  }
}
