// Open loop: calls leave on a schedule whatever the answers do, and latency counts from the intended instant,
// so a contestant that falls behind cannot hide it. One stream of arrivals per call kind, each with its own meter.

import { callBytes, expectationOf } from './load-calls.js';
import { Connection } from './load-connection.js';
import { Meter } from './load-meter.js';

const DRAIN_MS = 5000;
const MAX_CONNECTIONS = 1000;
// Timers fire on whole milliseconds; the last stretch before an arrival is spent looking at the clock instead.
const SPIN_MS = 1.2;

class Arrivals {
  #address;
  #call;
  #expect;
  #idle = [];
  #opened = 0;
  #pending = 0;
  #period;
  #sent = 0;
  meter;

  constructor(plan, flow) {
    this.#address = plan.address;
    this.#call = callBytes(flow.call, plan.address);
    this.#expect = expectationOf(flow.call);
    this.#period = 1000 / flow.rate;
    this.meter = new Meter(plan.watch);
  }

  get pending() {
    return this.#pending;
  }

  /** When the next call is due, in milliseconds after the start. */
  get due() {
    return (this.#sent + 0.5) * this.#period;
  }

  send(origin) {
    const intendedAt = origin + this.due;
    this.#sent++;
    this.#pending++;
    const connection = this.#idle.pop();
    if (connection !== undefined) connection.send(this.#call, this.#expect, intendedAt);
    else if (this.#opened < MAX_CONNECTIONS) this.#open(intendedAt);
    else this.#settle(0, 'no free connection', 0);
  }

  onFrames() {
    // Only whole answers count here.
  }

  onEnd(connection, fault) {
    if (fault === undefined && !connection.closed) this.#idle.push(connection);
    else this.#opened--;
    this.#settle(performance.now() - connection.sentAt, fault, connection.lost);
    connection.lost = 0;
  }

  #open(intendedAt) {
    this.#opened++;
    const connection = new Connection(this.#address, this, () =>
      connection.send(this.#call, this.#expect, intendedAt),
    );
    connection.busy = true;
  }

  #settle(latencyMs, fault, lost) {
    this.#pending--;
    this.meter.answered(latencyMs, fault, lost);
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function sendDue(flows, origin, untilMs) {
  for (const flow of flows) while (flow.due <= untilMs) flow.send(origin);
}

function spinUntil(instant) {
  while (performance.now() < instant);
}

/** Sends everything due until the given instant, spinning only when an arrival is near. */
function schedule(flows, origin, endMs) {
  return new Promise((resolve) => {
    const turn = () => {
      const now = performance.now() - origin;
      sendDue(flows, origin, Math.min(now, endMs));
      const left = Math.min(...flows.map((flow) => flow.due)) - now;
      if (now + left >= endMs) resolve();
      else if (left > SPIN_MS) setTimeout(turn, Math.floor(left - SPIN_MS) || 1);
      else if (flows.some((flow) => flow.pending > 0)) setImmediate(turn);
      else {
        // Nothing can arrive meanwhile: no need to turn the loop, and nothing is allocated.
        spinUntil(origin + now + left);
        setImmediate(turn);
      }
    };
    turn();
  });
}

export async function runOpen(plan) {
  const flows = plan.flows.map((flow) => new Arrivals(plan, flow));
  const origin = performance.now();
  const endMs = plan.warmMs + plan.measureMs;
  setTimeout(() => {
    for (const flow of flows) flow.meter.start();
  }, plan.warmMs);
  await schedule(flows, origin, endMs);
  for (const flow of flows) flow.meter.stop();
  for (let waited = 0; waited < DRAIN_MS && flows.some((flow) => flow.pending > 0); waited += 10)
    await wait(10);
  for (const flow of flows) if (flow.pending > 0) flow.meter.answered(0, `${flow.pending} never answered`, 0);
  const [first, ...others] = flows.map((flow) => flow.meter.result());
  return { ...first, failed: first.failed + others.reduce((sum, other) => sum + other.failed, 0), others };
}
