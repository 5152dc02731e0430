// Many slow streams at once: ramp up, hold, abort some, stall others, end the rest. Prints a line per phase so that
// the runner can read memory at the right moments; the mock ends the streams when the runner tells it to.

import process from 'node:process';
import { callBytes, expectationOf } from './load-calls.js';
import { Connection } from './load-connection.js';
import { Meter } from './load-meter.js';

const END_MS = 8000;
const RAMP_STEP_MS = 10;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Seven characters, read by the mock: what will happen to the stream, then its number. */
function nameOf(kind, number) {
  return kind + String(number).padStart(6, '0');
}

class HeldStreams {
  #plan;
  #expect;
  #live = new Map();
  #whole = { streams: 0, frames: 0 };
  #frames = 0;
  #failures = new Map();
  #lost = 0;
  meter;

  constructor(plan) {
    this.#plan = plan;
    this.#expect = expectationOf(plan.call);
    this.meter = new Meter(plan.watch);
  }

  get live() {
    return this.#live.size;
  }

  open(name, owner = this) {
    const { call, address, hosts } = this.#plan;
    const host = hosts[this.#live.size % hosts.length];
    const bytes = callBytes(call, address, name);
    const connection = new Connection({ ...address, host }, owner, () =>
      connection.send(bytes, this.#expect, performance.now()),
    );
    connection.busy = true;
    this.#live.set(connection, name);
    return connection;
  }

  onFrames(connection, now) {
    const { fresh, lastFrameAt } = connection;
    this.#frames += fresh;
    if (lastFrameAt === 0) this.meter.firstFrame(now - connection.sentAt, fresh);
    else this.meter.nextFrames(now - lastFrameAt, fresh);
  }

  onEnd(connection, fault) {
    this.#live.delete(connection);
    this.#lost += connection.lost;
    if (fault !== undefined) this.#failures.set(fault, (this.#failures.get(fault) ?? 0) + 1);
    else {
      this.#whole.streams++;
      this.#whole.frames += connection.frames;
    }
    connection.destroy();
  }

  /** Drops every n-th stream and says when. */
  async abort(count) {
    const aborted = {};
    if (count === 0) return aborted;
    const victims = [...this.#live].filter((_, place) => place % Math.ceil(this.#live.size / count) === 0);
    for (const [connection, name] of victims) {
      aborted[name] = process.hrtime.bigint().toString();
      this.#live.delete(connection);
      connection.destroy();
      await wait(1);
    }
    return aborted;
  }

  /** Callers that read the first frames of a long answer and then hang. */
  async stall(count, holdMs) {
    const hang = { onFrames: (connection) => connection.stall(), onEnd: () => undefined };
    const stalled = Array.from({ length: count }, (_, number) => this.open(nameOf('f', number), hang));
    await wait(holdMs);
    say({ phase: 'stalled' });
    await wait(200);
    for (const connection of stalled) {
      this.#live.delete(connection);
      connection.destroy();
    }
  }

  result(aborted) {
    const failed = [...this.#failures.values()].reduce((sum, count) => sum + count, 0);
    return {
      ...this.meter.result(),
      failed: failed + this.#live.size,
      failures: Object.fromEntries(
        [...this.#failures, ['never ended', this.#live.size]].filter(([, n]) => n > 0),
      ),
      lost: this.#lost,
      whole: this.#whole,
      allFrames: this.#frames,
      aborted,
    };
  }
}

export async function runHeld(plan) {
  const held = new HeldStreams(plan);
  const perStep = (plan.streams / plan.rampMs) * RAMP_STEP_MS;
  const began = performance.now();
  for (let opened = 0; opened < plan.streams; ) {
    const due = Math.min(plan.streams, Math.ceil(((performance.now() - began) / RAMP_STEP_MS + 1) * perStep));
    while (opened < due) held.open(nameOf('n', opened++));
    await wait(RAMP_STEP_MS);
  }
  await wait(1000);
  held.meter.start();
  await wait(plan.steadyMs);
  held.meter.stop();
  say({ phase: 'steady', live: held.live });
  await wait(500);
  const aborted = await held.abort(plan.aborts);
  await wait(500);
  if (plan.stalled > 0) await held.stall(plan.stalled, plan.stallMs);
  say({ phase: 'finish' });
  for (let waited = 0; waited < END_MS && held.live > 0; waited += 50) await wait(50);
  return held.result(aborted);
}
