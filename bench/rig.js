// The two ends of the bench: the mock upstream, kept for the whole run, and one load generator per window.

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { eachJsonLine, start, stop } from './process-tools.js';

const MOCK = fileURLToPath(new URL('./mock.js', import.meta.url));
const LOAD = fileURLToPath(new URL('./load.js', import.meta.url));

// A busy loop pays for compiled code. On a schedule there is no hurry, but a compiler thread on the rig's core would
// show in the slowest hundredth of the answers.
const BUSY = ['--max-semi-space-size=32'];
const LOAD_FLAGS = { closed: BUSY, held: BUSY, open: ['--no-opt', '--single-threaded-gc'] };

export class Mock {
  #child;
  #waiting = new Map();
  #next = 1;
  port = 0;

  static async launch() {
    const mock = new Mock();
    mock.#child = start('mock', [process.execPath, '--max-semi-space-size=32', MOCK], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    mock.port = await new Promise((resolve, reject) => {
      mock.#child.once('error', reject);
      mock.#child.once('exit', () => reject(new Error('The mock upstream ended before it listened.')));
      mock.#child.on('message', (message) => {
        if (message.port) resolve(message.port);
        else mock.#heard(message);
      });
    });
    return mock;
  }

  get pid() {
    return this.#child.pid;
  }

  /** How replies are to look from now on; forgets what was counted before. */
  async behave(settings) {
    const order = {
      behave: { firstMs: 0, events: 100, intervalMs: 0, floodBytes: 0, ...settings },
      tally: true,
    };
    await this.#order(order);
  }

  /** Every open stream ends at its next turn. */
  finish() {
    return this.#order({ finish: true });
  }

  /** What happened since the last time. */
  async tally() {
    return (await this.#order({ tally: true })).tally;
  }

  stop() {
    return stop(this.#child);
  }

  #order(order) {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, ...order });
    });
  }

  #heard(message) {
    this.#waiting.get(message.answer)?.(message);
    this.#waiting.delete(message.answer);
  }
}

/**
 * Runs one window of load to its end.
 * @param {object} plan see load.js @param {(phase: { phase: string }) => void} [onPhase]
 */
export function runLoad(plan, onPhase = () => undefined) {
  const child = start('load', [process.execPath, ...LOAD_FLAGS[plan.mode], LOAD, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let result;
    child.once('error', reject);
    eachJsonLine(child.stdout, (line) => {
      if (line.result) result = line.result;
      else onPhase(line);
    });
    child.once('close', () => {
      if (result === undefined) reject(new Error('The load generator ended without a result.'));
      else resolve(result);
    });
  });
}
