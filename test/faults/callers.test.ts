// Callers who leave: the upstream is let go at once, nobody else is asked, and what was done so far is owed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Dialect,
  dialects,
  eventsUpTo,
  type Face,
  faces,
  questionIn,
  streamHead,
} from '../testkit/dialects.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, requestBytes } from '../testkit/raw-client.ts';
import { bytes, head, type Script, stall } from '../testkit/script.ts';
import { useScene } from './scene.ts';

const stage = useScene();
const WORDS = ['One ', 'two ', 'three ', 'four'];

/** Asks, waits for the upstream to have the call and the caller to have seen so much, leaves; how long it took. */
async function leave(
  face: Face,
  dialect: Dialect,
  stream: boolean,
  seen: string,
  how: 'abort' | 'end',
): Promise<number> {
  const { gateway, failing } = stage.scene;
  const upstream = failing[dialect];
  const at = upstream.calls.length;
  const { path, body } = questionIn(face, `${dialect}-saved`, stream);
  const client = await createRawClient(gateway.url);
  await client.write(requestBytes(path, { body, headers: { authorization: `Bearer ${gateway.key}` } }));
  const call = await upstream.call(at);
  if (seen !== '') await client.until(seen);
  const left = performance.now();
  client[how]();
  await call.aborted;
  return (call.abortedAt ?? Number.NaN) - left;
}

interface Departure {
  readonly stream: boolean;
  readonly script: (dialect: Dialect) => Script;
  readonly seen?: string;
}

async function everybodyLeaves({ stream, script, seen = '' }: Departure): Promise<readonly JsonValue[]> {
  const { failing, saving, ledger } = stage.scene;
  const took: number[] = [];
  for (const dialect of dialects) {
    failing[dialect].respond(script(dialect));
    for (const face of faces) {
      for (const how of ['abort', 'end'] as const) took.push(await leave(face, dialect, stream, seen, how));
    }
  }
  await stage.scene.atRest(took.length);
  // One may find the machine busy; most do not.
  const middle = took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? Number.NaN;
  assert.ok(middle <= 100, `the upstream is let go after ${middle} ms`);
  for (const receipt of ledger.last) {
    assert.equal(receipt.outcome, 'client_gone');
    assert.equal(receipt.attempts.length, 1, 'nobody else is asked for who has left');
    assert.ok(receipt.tokens.fresh > 0 && receipt.tokens.estimated, 'the upstream has read the call');
  }
  for (const dialect of dialects) assert.equal(saving[dialect].calls.length, 0);
  return ledger.last;
}

describe('a caller who leaves', () => {
  it('row 28: before the first byte', async () => {
    for (const { tokens } of await everybodyLeaves({ stream: true, script: () => [stall] }))
      assert.equal(tokens.output, 0);
  });

  it('row 28: before the first token', async () => {
    const script = (dialect: Dialect): Script => [streamHead(dialect), stall];
    for (const { tokens } of await everybodyLeaves({ stream: true, script })) assert.equal(tokens.output, 0);
  });

  it('row 29: in the middle of a stream, owes what was said', async () => {
    const script = (dialect: Dialect): Script => [
      streamHead(dialect),
      bytes(eventsUpTo(dialect, 'three ', { text: WORDS })[0]),
      stall,
    ];
    for (const { tokens, started } of await everybodyLeaves({ stream: true, script, seen: 'three' })) {
      assert.ok(tokens.output >= 3 && started);
    }
  });

  it('row 30: without a stream, before the answer', async () => {
    await everybodyLeaves({ stream: false, script: () => [stall] });
  });

  it('row 30: without a stream, in the middle of it', async () => {
    const type = { 'content-type': 'application/json', 'content-length': '999' };
    const half = (): Script => [head(200, type, 'raw'), bytes('{"id":"x","choices":['), stall];
    for (const { started } of await everybodyLeaves({ stream: false, script: half }))
      assert.equal(started, false);
  });
});
