import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { asCallId } from '../canonical/ids.ts';
import { nanoDollars } from '../canonical/money.ts';
import { type Receipt, ReceiptDraft } from '../canonical/receipt.ts';
import { noUsage } from '../canonical/usage.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createProcessFigures, type ProcessFigures } from './process-figures.ts';

const figures: ProcessFigures = {
  nodeVersion: 'v20.0.0',
  startedAt: 1_700_000_000,
  cpuSeconds: () => 1.5,
  residentBytes: () => 50_000_000,
  openDescriptors: () => undefined,
  loopDelay: () => [
    ['0.5', 0.001],
    ['0.99', 0.02],
  ],
};

function metrics(limit?: number): Metrics {
  return createMetrics({
    targets: () => [],
    version: '1.2.3',
    inflight: () => 4,
    upstreams: () => [
      { name: 'here', inflight: 3 },
      { name: 'there', inflight: 0 },
    ],
    process: figures,
    isListed: (model) => !model.includes('made-up'),
    ...(limit === undefined ? {} : { limit }),
  });
}

function draft(parts: Partial<ReceiptDraft> = {}): ReceiptDraft {
  return Object.assign(new ReceiptDraft(asCallId('call-1'), 'plain', 'chat', 0, 0), parts);
}

function receipt(of: ReceiptDraft, parts: Partial<Receipt> & { readonly saved?: bigint } = {}): Receipt {
  const base: Receipt = {
    draft: of,
    endedAt: 20,
    outcome: 'ok',
    started: true,
    usage: noUsage,
    cost: nanoDollars(0n),
    costState: 'free',
  };
  return { ...base, ...parts } as Receipt;
}

const LIVE = `# HELP signalbox_inflight_calls Calls being answered.
# TYPE signalbox_inflight_calls gauge
signalbox_inflight_calls 4
# HELP signalbox_upstream_inflight Calls an upstream is working on.
# TYPE signalbox_upstream_inflight gauge
signalbox_upstream_inflight{upstream="here"} 3
signalbox_upstream_inflight{upstream="there"} 0
# HELP signalbox_event_loop_delay_seconds Delay of the event loop since the last scrape.
# TYPE signalbox_event_loop_delay_seconds gauge
signalbox_event_loop_delay_seconds{quantile="0.5"} 0.001
signalbox_event_loop_delay_seconds{quantile="0.99"} 0.02
# HELP process_cpu_seconds_total Processor time used.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.5
# HELP process_resident_memory_bytes Memory held.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 50000000
# HELP process_start_time_seconds When the process started, in Unix time.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1700000000
# HELP signalbox_build_info What is running.
# TYPE signalbox_build_info gauge
signalbox_build_info{version="1.2.3",node="v20.0.0"} 1
`;

const CALLS = `# HELP signalbox_calls_total Calls that have ended.
# TYPE signalbox_calls_total counter
signalbox_calls_total{face="plain",model="fast",upstream="here",outcome="ok"} 2
signalbox_calls_total{face="plain",model="unknown",upstream="none",outcome="model_not_found"} 1
# HELP signalbox_call_duration_seconds Seconds from arrival to the end of the answer.
# TYPE signalbox_call_duration_seconds histogram
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="0.005"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="0.01"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="0.025"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="0.05"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="0.1"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="0.25"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="0.5"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="1"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="2.5"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="5"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="10"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="30"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="60"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="120"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="300"} 1
signalbox_call_duration_seconds_bucket{model="fast",upstream="here",le="+Inf"} 2
signalbox_call_duration_seconds_sum{model="fast",upstream="here"} 400.005
signalbox_call_duration_seconds_count{model="fast",upstream="here"} 2
`;

/** Two calls, one of them a hit, and a refusal. */
function busy(): Metrics {
  const all = metrics();
  all.take(
    receipt(
      draft({
        model: 'fast',
        upstream: 'here',
        cache: 'miss',
        firstContentAt: 30,
        attempts: [
          { target: 'there/big', startedAt: 0, outcome: 'upstream_timeout' },
          { target: 'here/small', startedAt: 1, outcome: 'ok' },
        ],
      }),
      {
        endedAt: 400_000,
        usage: { fresh: 10, cacheRead: 20, cacheWrite: 0, output: 5, reasoning: 2, estimated: false },
        cost: nanoDollars(21_000n),
        costState: 'priced',
      },
    ),
  );
  const hit = draft({ model: 'fast', upstream: 'here', cache: 'hit' });
  all.take(
    receipt(hit, {
      endedAt: 5,
      usage: { ...noUsage, fresh: 99, output: 99 },
      saved: nanoDollars(1_000_000n),
    }),
  );
  all.take(receipt(draft({ askedModel: 'nonesuch' }), { endedAt: 1, outcome: 'model_not_found' }));
  return all;
}

test('what two calls and a refusal leave behind, word for word', () => {
  const all = busy();
  const text = all.expose();
  assert.equal(text.slice(0, CALLS.length), CALLS);
  assert.equal(
    withoutBuckets(text.slice(CALLS.length)),
    `signalbox_call_duration_seconds_sum{model="unknown",upstream="none"} 0.001
signalbox_call_duration_seconds_count{model="unknown",upstream="none"} 1
# HELP signalbox_first_content_seconds Seconds from arrival to the first content.
# TYPE signalbox_first_content_seconds histogram
signalbox_first_content_seconds_sum{model="fast",upstream="here"} 0.03
signalbox_first_content_seconds_count{model="fast",upstream="here"} 1
# HELP signalbox_tokens_total Tokens that upstreams read and wrote. Reasoning is part of output.
# TYPE signalbox_tokens_total counter
signalbox_tokens_total{model="fast",upstream="here",kind="fresh"} 10
signalbox_tokens_total{model="fast",upstream="here",kind="cache_read"} 20
signalbox_tokens_total{model="fast",upstream="here",kind="output"} 5
signalbox_tokens_total{model="fast",upstream="here",kind="reasoning"} 2
# HELP signalbox_cost_dollars_total Dollars that upstreams are owed.
# TYPE signalbox_cost_dollars_total counter
signalbox_cost_dollars_total{model="fast",upstream="here"} 0.000021
# HELP signalbox_saved_dollars_total Dollars that answers from the cache would have cost.
# TYPE signalbox_saved_dollars_total counter
signalbox_saved_dollars_total{model="fast",upstream="here"} 0.001
# HELP signalbox_cache_total Calls by what the cache did for them.
# TYPE signalbox_cache_total counter
signalbox_cache_total{result="miss"} 1
signalbox_cache_total{result="hit"} 1
signalbox_cache_total{result="off"} 1
# HELP signalbox_attempts_total Tries at a target, by how they ended.
# TYPE signalbox_attempts_total counter
signalbox_attempts_total{target="there/big",outcome="upstream_timeout"} 1
signalbox_attempts_total{target="here/small",outcome="ok"} 1
${LIVE}`,
  );
});

test('promtool has nothing to say against it', (t) => {
  const check = spawnSync('promtool', ['check', 'metrics'], { input: busy().expose(), encoding: 'utf8' });
  if (check.error !== undefined) t.skip('promtool is missing: nobody else has checked the text');
  else assert.equal(check.status, 0, check.stderr);
});

function withoutBuckets(text: string): string {
  return text.replace(/^.*_bucket.*\n/gm, '');
}

test('what nobody has a price for is counted apart', () => {
  const all = metrics();
  all.take(receipt(draft({ model: 'fast', upstream: 'here' }), { cost: undefined, costState: 'unpriced' }));
  const text = all.expose();
  assert.match(text, /^signalbox_unpriced_calls_total\{model="fast",upstream="here"\} 1$/m);
  assert.doesNotMatch(text, /cost_dollars_total/);
});

test('of a call that nobody knows the whole price of, the known part is counted, and the call as unpriced', () => {
  const all = metrics();
  const cost = nanoDollars(28_000n);
  all.take(receipt(draft({ model: 'fast', upstream: 'here' }), { cost, costState: 'unpriced' }));
  const text = all.expose();
  assert.match(text, /^signalbox_unpriced_calls_total\{model="fast",upstream="here"\} 1$/m);
  assert.match(text, /^signalbox_cost_dollars_total\{model="fast",upstream="here"\} 0.000028$/m);
});

test('before the first call only the live figures are there', () => {
  assert.equal(metrics().expose(), LIVE);
});

test('label values cannot break out', () => {
  const all = metrics();
  all.take(receipt(draft({ model: 'a"b\\c\nd', upstream: 'here' })));
  assert.match(
    all.expose(),
    /calls_total\{face="plain",model="a\\"b\\\\c\\nd",upstream="here",outcome="ok"\} 1\n/,
  );
});

test('models beyond the limit share one row', () => {
  const all = metrics(3);
  for (let i = 0; i < 10; i += 1) all.take(receipt(draft({ model: `m${i}`, upstream: 'here' })));
  all.take(receipt(draft({ model: 'm0', upstream: 'here' })));
  const rows = all.expose().match(/^signalbox_calls_total.*$/gm);
  assert.deepEqual(rows, [
    'signalbox_calls_total{face="plain",model="m0",upstream="here",outcome="ok"} 2',
    'signalbox_calls_total{face="plain",model="m1",upstream="here",outcome="ok"} 1',
    'signalbox_calls_total{face="plain",model="m2",upstream="here",outcome="ok"} 1',
    'signalbox_calls_total{face="other",model="other",upstream="other",outcome="other"} 7',
  ]);
});

test('models that callers make up share one row for each upstream', () => {
  const all = metrics();
  for (let i = 0; i < 5_000; i += 1) {
    const name = `here/made-up-${i}`;
    const attempts = [{ target: name, startedAt: 0, outcome: 'ok' }] as const;
    const of = draft({ model: name, upstream: 'here' });
    of.attempts.push(...attempts);
    all.take(receipt(of));
  }
  all.take(receipt(draft({ model: 'here/real', upstream: 'here' })));
  all.take(receipt(draft({ model: 'made-up', upstream: 'here' })));
  const rows = all.expose().match(/^signalbox_(calls|attempts)_total.*$/gm);
  assert.deepEqual(rows, [
    'signalbox_calls_total{face="plain",model="here/*",upstream="here",outcome="ok"} 5000',
    'signalbox_calls_total{face="plain",model="here/real",upstream="here",outcome="ok"} 1',
    'signalbox_calls_total{face="plain",model="made-up",upstream="here",outcome="ok"} 1',
    'signalbox_attempts_total{target="here/*",outcome="ok"} 5000',
  ]);
});

test('a thousand rows keep their own numbers', () => {
  const all = metrics();
  for (let i = 0; i < 1000; i += 1) {
    const usage = { ...noUsage, fresh: i, output: 1 };
    all.take(receipt(draft({ model: `m${i}`, upstream: 'here' }), { usage, endedAt: 400_000 }));
  }
  const text = all.expose();
  assert.match(text, /^signalbox_tokens_total\{model="m999",upstream="here",kind="fresh"\} 999$/m);
  assert.match(text, /^signalbox_tokens_total\{model="m500",upstream="here",kind="output"\} 1$/m);
  assert.match(text, /^signalbox_call_duration_seconds_bucket\{model="m999",upstream="here",le="300"\} 0$/m);
  assert.match(text, /^signalbox_call_duration_seconds_sum\{model="m999",upstream="here"\} 400$/m);
});

test('the real process has figures', () => {
  const real = createProcessFigures(() => Date.now());
  assert.ok(real.cpuSeconds() > 0);
  assert.ok(real.residentBytes() > 1_000_000);
  assert.ok(real.startedAt > 1_700_000_000);
  assert.deepEqual(
    real.loopDelay().map(([quantile]) => quantile),
    ['0.5', '0.99', '1'],
  );
  for (const [, seconds] of real.loopDelay()) assert.ok(seconds >= 0);
  const open = real.openDescriptors();
  assert.ok(open === undefined || open > 0);
});

test('slots and queues: gauges of upstreams with a limit, and what became of those who waited', () => {
  const all = createMetrics({
    version: '1.2.3',
    inflight: () => 0,
    upstreams: () => [],
    targets: () => [],
    slots: () => [{ upstream: 'gpu', used: 7, limit: 8, waiting: 3 }],
    process: figures,
    isListed: () => true,
  });
  all.take(
    receipt(
      draft({
        model: 'fast',
        queued: [
          { target: 'gpu/org/model', startedAt: 0, position: 2, ms: 2_000, outcome: 'timed_out' },
          { target: 'far/m', startedAt: 0, outcome: 'no_room' },
        ],
      }),
    ),
  );
  const rows = all.expose().match(/^signalbox_(queue|slots).*$/gm) ?? [];
  assert.deepEqual(
    rows.filter((row) => !row.includes('_bucket')),
    [
      'signalbox_queued_total{upstream="gpu",outcome="timed_out"} 1',
      'signalbox_queued_total{upstream="far",outcome="no_room"} 1',
      'signalbox_queue_wait_seconds_sum{upstream="gpu",outcome="timed_out"} 2',
      'signalbox_queue_wait_seconds_count{upstream="gpu",outcome="timed_out"} 1',
      'signalbox_slots_used{upstream="gpu"} 7',
      'signalbox_slots_limit{upstream="gpu"} 8',
      'signalbox_queue_length{upstream="gpu"} 3',
    ],
  );
});
