// One call, outside any window: is the contestant there, and does it answer as it should?

import { callBytes, expectationOf } from './load-calls.js';
import { Connection } from './load-connection.js';

/**
 * @param {{ host: string, port: number }} address @param {import('./load-calls.js').CallPlan} call
 * @returns {Promise<boolean>}
 */
export function answers(address, call, patienceMs = 2000) {
  return new Promise((resolve) => {
    const bytes = callBytes(call, address);
    const settle = (_, fault) => {
      clearTimeout(timer);
      connection.destroy();
      resolve(fault === undefined);
    };
    const owner = { onFrames: () => undefined, onEnd: settle };
    const connection = new Connection(address, owner, () =>
      connection.send(bytes, expectationOf(call), performance.now()),
    );
    connection.busy = true;
    const timer = setTimeout(() => settle(connection, 'no answer'), patienceMs);
  });
}
