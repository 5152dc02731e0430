import assert from 'node:assert/strict';
import http from 'node:http';
import process from 'node:process';
import { test } from 'node:test';
import { Cancel } from '../lib/cancel.ts';
import { Lifeline } from './lifeline.ts';
import type { OpenEdges } from './open-edges.ts';

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

test('the process stays for a call that is still open, and closes the edges after it', async () => {
  let closed = false;
  const edges = {
    close: async () => {
      closed = true;
    },
  } as unknown as OpenEdges;
  const lifeline = new Lifeline(edges, 60_000);
  lifeline.server = http.createServer();
  const call = new Cancel();
  lifeline.drain.opened(call);
  const before = timers();
  const stopped = lifeline.stop();
  assert.equal(timers(), before + 1, 'a timer holds the process');
  assert.equal(closed, false);
  lifeline.drain.closed(call);
  await stopped;
  assert.equal(timers(), before);
  assert.ok(closed);
});
