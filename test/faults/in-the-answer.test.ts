// Faults after the first word of an answer: nobody else is tried, no word is said twice, and the caller is told in
// the stream, in its own dialect, so that no client takes the half for the whole.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokenEvent, type Dialect, eventsUpTo, garbageEvent, streamHead } from '../testkit/dialects.ts';
import { bytes, end, fin, head, reset, type Script, type Step, stall } from '../testkit/script.ts';
import { assertBroken, assertRefused, assertSaved, each, inTurn, type Told, useScene } from './scene.ts';

const stage = useScene({ failing: 'timeouts: { idle: 300ms }' });
const WORDS = ['One ', 'two ', 'three ', 'four ', 'five'];

/** Some events that say all the words but the last. */
function half(dialect: Dialect): Buffer {
  return eventsUpTo(dialect, 'four ', { text: WORDS })[0];
}

function dies(...steps: readonly Step[]): (dialect: Dialect) => Script {
  return (dialect) => [streamHead(dialect), bytes(half(dialect)), ...steps];
}

/** Nothing twice, nothing made up, nobody else asked, and the words that were said are owed. */
function assertHalf(one: Told, outcome: RegExp): void {
  assertBroken(one);
  for (const word of WORDS.slice(0, 4)) {
    assert.equal(one.reply.text.split(word.trim()).length - 1, 1, `"${word}" is said once`);
  }
  assert.doesNotMatch(one.reply.text, /five/);
  assert.equal(one.saved, 0, 'nobody else is asked');
  const { outcome: told, tokens, attempts } = one.receipt;
  assert.match(told, outcome);
  assert.deepEqual([attempts.length, attempts[0].outcome], [1, told]);
  assert.ok(tokens.output >= 4 && tokens.fresh > 0 && tokens.estimated, 'what was said is owed');
}

/** A reset that comes together with the last bytes is an end to the system's own reader. */
const BROKEN_OFF = /^upstream_(?:reset|truncated)$/;
const streamed = { streams: [true], saved: true };

describe('in the middle of a stream', () => {
  it('row 4: an upstream that stalls is given up after its idle gap, and the half is settled', async () => {
    each(await stage.scene.play(dies(stall), streamed), (one) => {
      assertHalf(one, /^upstream_timeout$/);
      const [{ start_ms, end_ms }] = one.receipt.attempts;
      assert.ok(end_ms - start_ms >= 299);
    });
  });

  it('row 5: a reset is an error event, and no reason to finish is invented', async () => {
    each(await stage.scene.play(dies(reset), streamed), (one) => assertHalf(one, BROKEN_OFF));
  });

  for (const [how, death] of [
    ['a FIN within the transfer', fin],
    ['an end of the transfer', end],
  ] as const) {
    it(`row 6: ${how} without the end of the answer is a truncation`, async () => {
      each(await stage.scene.play(dies(death), streamed), (one) => assertHalf(one, /^upstream_truncated$/));
    });
  }

  it('row 8: whatever happens after the first byte, nothing is said again', async () => {
    const first = (dialect: Dialect): Buffer => eventsUpTo(dialect, 'One ', { text: WORDS })[0];
    const deaths = [reset, fin, end, stall].map(
      (death) =>
        (dialect: Dialect): Script => [streamHead(dialect), bytes(first(dialect)), death],
    );
    each(await stage.scene.play(inTurn(deaths), streamed), (one) => {
      assertBroken(one);
      assert.equal(one.reply.text.split('One').length - 1, 1);
      assert.deepEqual([one.asked, one.saved], [5, 0], 'each call once, and nobody else');
    });
  });

  it('row 9: an event that cannot be read ends the answer with an error, and lets the upstream go', async () => {
    const { failing } = stage.scene;
    const from = Object.values(failing).map((upstream) => upstream.calls.length);
    const told = await stage.scene.play(
      (dialect) => [...dies(bytes(garbageEvent(dialect)), stall)(dialect)],
      streamed,
    );
    each(told, (one) => assertHalf(one, /^upstream_garbled$/));
    for (const [at, upstream] of Object.values(failing).entries()) {
      for (const call of upstream.calls.slice(from[at])) await call.aborted;
    }
    const failures = [...(await stage.scene.gateway.metrics())].filter(
      ([name]) => name.startsWith('signalbox_attempts_total') && name.includes('upstream_garbled'),
    );
    assert.ok(failures.length === 6 && failures.every(([, count]) => count >= 5), 'it counts as a failure');
  });

  it('row 10: an error object in the middle of a stream is an error of it', async () => {
    const told = await stage.scene.play(
      (dialect) => [...dies(bytes(brokenEvent(dialect)), end)(dialect)],
      streamed,
    );
    each(told, (one) => assertHalf(one, /^upstream_/));
  });
});

describe('in the middle of a body', () => {
  const broken = (death: Step): Script => [
    head(200, { 'content-type': 'application/json', 'content-length': '9999' }, 'raw'),
    bytes('{"id":"x","model":"m","choices":['),
    death,
  ];
  for (const [row, how, death] of [
    [4, 'a stall', stall],
    [5, 'a reset', reset],
    [6, 'a FIN', fin],
  ] as const) {
    it(`row ${row}: ${how} in a body that nobody has seen is tried elsewhere`, async () => {
      const whole = { streams: [false], saved: true };
      each(await stage.scene.play(() => broken(death), whole), (one) => {
        assertSaved(one);
        assert.ok(one.receipt.attempts[0].tokens.fresh > 0, 'and is owed');
      });
      each(await stage.scene.play(() => broken(death), { streams: [false] }), (one) =>
        assertRefused(one, row === 4 ? 504 : 502),
      );
    });
  }
});

describe('what is half is not kept', () => {
  it('row 6: a truncated answer is not in the cache: the same question is asked again', async () => {
    const { scene } = stage;
    for (const round of [1, 2]) {
      each(await scene.play(dies(end), { ...streamed, prompt: 'Cache me.' }), (one) => {
        assertBroken(one);
        assert.equal(one.asked, 5, `round ${round}`);
        assert.notEqual(one.receipt.cache, 'hit');
      });
    }
  });
});
