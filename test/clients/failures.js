// Client × failure: upstreams that die after their answer has begun. No client may take the half for the whole.
import assert from 'node:assert/strict';
import { it } from './it.js';
import { bytes, dialects, end, fin, garbage, reset, stall, streamHead } from './scene.js';

/** How an upstream may die in the middle, and the model it is asked by. */
const deaths = {
  'resets the connection': () => [reset],
  'closes without an end': () => [end],
  'breaks off within a chunk': () => [fin],
  'says that it broke': (dialect) => [bytes(dialects[dialect].broken), end],
  'says what nobody can read': (dialect) => [bytes(garbage(dialect)), stall],
  'falls silent': () => [stall],
};

/** Every way a client has to read a stream; each must throw, or say so in the form it has for it. */
export function failureCases(scene, driver, dialect, { failsBy = {} }) {
  for (const [death, steps] of Object.entries(deaths)) {
    for (const [way, read] of Object.entries(driver.ways)) {
      it(`dying: ${way} fails when the upstream ${death}`, async () => {
        const { beginning } = dialects[dialect];
        scene.upstream.respond([streamHead(dialect), bytes(beginning()), ...steps(dialect)]);
        const { url, key } = scene.gateway;
        const model = death === 'falls silent' ? `impatient-${dialect}` : dialect;
        assert.equal(await howItEnds(() => read({ url, key, model })), failsBy[way] ?? 'throws');
      });
    }
  }
}

async function howItEnds(read) {
  try {
    const ended = await read();
    return typeof ended === 'string' ? ended : 'silent';
  } catch {
    return 'throws';
  }
}
