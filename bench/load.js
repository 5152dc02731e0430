// Load generator, a process of its own: `node load.js '<plan>'` runs one bounded window and prints one JSON line.
// The plan says the mode: closed (each connection asks again when answered), open (a schedule), held (many slow streams).

import process from 'node:process';
import { runClosed } from './load-closed.js';
import { runHeld } from './load-held.js';
import { runOpen } from './load-open.js';

const MODES = { closed: runClosed, open: runOpen, held: runHeld };
const GRACE_MS = 30000;

/** @param {string} text */
function parsePlan(text) {
  const plan = JSON.parse(text);
  if (!Object.hasOwn(MODES, plan.mode)) throw new Error(`The plan has no known mode: ${plan.mode}`);
  return { ...plan, watch: { ...plan.watch, load: process.pid } };
}

const plan = parsePlan(process.argv[2] ?? '{}');
// Whatever happens, the window ends.
setTimeout(() => {
  process.stderr.write(`The ${plan.mode} window did not end in time.\n`);
  process.exit(1);
}, plan.limitMs + GRACE_MS).unref();

const result = await MODES[plan.mode](plan);
process.stdout.write(`${JSON.stringify({ result })}\n`, () => process.exit(0));
