import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { bench, upstreamTime, waitOf } from './bench.ts';
import { figuresOf, report } from './bench-report.ts';
import { CommandError } from './exit-codes.ts';
import { recordTerminal } from './recording-terminal.ts';

test('percentiles are values that were measured, the added one less the upstream', () => {
  const samples = Array.from({ length: 100 }, (_, index) => ({
    first: index + 41,
    whole: index + 100,
    upstream: 40,
  }));
  assert.deepEqual(figuresOf(samples, 1, 2_000, undefined), {
    calls: 100,
    failed: 1,
    seconds: 2,
    callsPerSecond: 50,
    firstByteMs: { p50: 90, p90: 130, p99: 139 },
    wholeMs: { p50: 149, p90: 189, p99: 198 },
    addedMs: { p50: 50, p90: 90, p99: 99 },
  });
});

test('nothing is said to be added when only some calls tell the upstream’s share', () => {
  const figures = figuresOf(
    [
      { first: 2, whole: 3, upstream: 1 },
      { first: 2, whole: 3, upstream: undefined },
    ],
    0,
    10,
    undefined,
  );
  assert.equal(figures?.addedMs, null);
  assert.ok(figures !== undefined && !report(figures, 'm', true).includes('\nadded'));
});

test('where the gateway is silent, the known wait of a simulated model stands in', () => {
  const figures = figuresOf([{ first: 42, whole: 50, upstream: undefined }], 0, 10, 40);
  assert.equal(figures?.addedMs?.p50, 2);
});

const waits: readonly (readonly [string, boolean, number | undefined, string])[] = [
  ['sim/fast', true, 40, 'a simulated model, streamed'],
  ['sim/fast', false, undefined, 'unstreamed, the share is not known'],
  ['sim/none', true, undefined, 'no such model'],
  ['gpt-4o', true, undefined, 'not simulated'],
];

for (const [model, stream, wanted, sentence] of waits) {
  test(`the wait of ${model}: ${sentence}`, () => {
    assert.equal(waitOf({ model, stream }), wanted);
  });
}

test('without one good call there are no figures', () => {
  assert.equal(figuresOf([], 5, 10, 40), undefined);
});

const timings: readonly (readonly [string | undefined, number | undefined])[] = [
  [undefined, undefined],
  ['upstream;dur=40.5', 40.5],
  ['gateway;dur=1, upstream;dur=7', 7],
  ['not-upstream;dur=7', undefined],
  ['upstream;desc=x', undefined],
];

for (const [header, wanted] of timings) {
  test(`the upstream's time in "${header}"`, () => {
    assert.equal(upstreamTime(header), wanted);
  });
}

async function gateway(t: TestContext, status: (call: number) => number) {
  let calls = 0;
  const server = createServer((from, to) => {
    from.resume();
    from.on('end', () => {
      calls += 1;
      to.writeHead(status(calls), { 'server-timing': 'upstream;dur=0' }).end('{"choices":[]}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

const flags = { model: 'sim/fast', calls: 20, concurrency: 3, json: true, state: '/nowhere' };

test('a run makes as many calls as it was told, after one to look', async (t) => {
  const { url, calls } = await gateway(t, () => 200);
  const { terminal, out } = recordTerminal();
  assert.equal(await bench({ ...flags, url }, terminal), 0);
  assert.equal(calls(), 21);
  const figures = JSON.parse(out());
  assert.deepEqual([figures.calls, figures.failed, figures.model], [20, 0, 'sim/fast']);
  assert.equal(typeof figures.addedMs.p99, 'number');
});

test('with a rate, calls do not come faster', async (t) => {
  const { url } = await gateway(t, () => 200);
  const { terminal, out } = recordTerminal();
  await bench({ ...flags, url, calls: 5, rate: 100 }, terminal);
  assert.ok(JSON.parse(out()).seconds >= 0.04);
});

test('failed calls are counted and make the run fail', async (t) => {
  const { url } = await gateway(t, (call) => (call === 2 ? 500 : 200));
  const { terminal, out } = recordTerminal();
  assert.equal(await bench({ ...flags, url }, terminal), 1);
  assert.equal(JSON.parse(out()).failed, 1);
});

test('what is wrong with the first call is said, and no second one is made', async (t) => {
  const { url, calls } = await gateway(t, () => 401);
  await assert.rejects(bench({ ...flags, url }, recordTerminal().terminal), CommandError);
  assert.equal(calls(), 1);
});
