import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersOf, sumMetrics } from './sum-metrics.ts';

function text(calls: number, start: number, delay: number): string {
  return `# HELP signalbox_calls_total Calls.
# TYPE signalbox_calls_total counter
signalbox_calls_total{model="a b",outcome="ok"} ${calls}
# HELP signalbox_d Seconds.
# TYPE signalbox_d histogram
signalbox_d_bucket{le="0.1"} ${calls}
signalbox_d_sum 0.5
# HELP signalbox_inflight_calls Now.
# TYPE signalbox_inflight_calls gauge
signalbox_inflight_calls 2
# HELP signalbox_event_loop_delay_seconds Late.
# TYPE signalbox_event_loop_delay_seconds gauge
signalbox_event_loop_delay_seconds{quantile="0.5"} ${delay}
# HELP process_start_time_seconds When.
# TYPE process_start_time_seconds gauge
process_start_time_seconds ${start}
`;
}

test('one alone is as it was', () => {
  assert.equal(sumMetrics([text(1, 2, 3)]), text(1, 2, 3));
  assert.equal(sumMetrics(['', text(1, 2, 3)]), text(1, 2, 3));
});

test('counts are added, delays are the worst, the start is the first', () => {
  const sum = sumMetrics([text(3, 100, 0.2), text(4, 90, 0.1)]);
  assert.match(sum, /^signalbox_calls_total\{model="a b",outcome="ok"\} 7$/m);
  assert.match(sum, /^signalbox_d_bucket\{le="0.1"\} 7$/m);
  assert.match(sum, /^signalbox_d_sum 1$/m);
  assert.match(sum, /^signalbox_inflight_calls 4$/m);
  assert.match(sum, /^signalbox_event_loop_delay_seconds\{quantile="0.5"\} 0.2$/m);
  assert.match(sum, /^process_start_time_seconds 90$/m);
});

test('what only one knows is there', () => {
  const other = '# HELP x X.\n# TYPE x counter\nx{a="1"} 5\n';
  assert.match(sumMetrics([text(1, 1, 1), other]), /^x\{a="1"\} 5$/m);
});

test('of a process that has gone, what it has counted stays', () => {
  const kept = countersOf(text(3, 100, 0.2));
  assert.match(kept, /signalbox_calls_total\{model="a b",outcome="ok"\} 3/);
  assert.match(kept, /signalbox_d_sum 0.5/);
  assert.doesNotMatch(kept, /inflight|delay|start/);
});
