// Closed loop: every connection sends its next call as soon as the last one is answered. Measures cost and capacity.

import { callBytes, expectationOf } from './load-calls.js';
import { Connection } from './load-connection.js';
import { Meter } from './load-meter.js';

const DRAIN_MS = 5000;

class ClosedLoop {
  #plan;
  #call;
  #expect;
  #meter;
  #connections = new Set();
  #stopping = false;
  #drained;
  done = new Promise((resolve) => {
    this.#drained = resolve;
  });

  constructor(plan) {
    this.#plan = plan;
    this.#call = callBytes(plan.call, plan.address);
    this.#expect = expectationOf(plan.call);
    this.#meter = new Meter(plan.watch);
  }

  open() {
    const connection = new Connection(this.#plan.address, this, () => this.#send(connection));
    connection.busy = true;
    this.#connections.add(connection);
  }

  startMeter() {
    this.#meter.start();
  }

  stop() {
    this.#meter.stop();
    this.#stopping = true;
    for (const connection of this.#connections) if (!connection.busy) this.#retire(connection);
    if (this.#connections.size === 0) this.#drained();
    else setTimeout(() => this.#abandon(), DRAIN_MS);
  }

  result() {
    return this.#meter.result();
  }

  onFrames(connection, now) {
    if (!this.#expect.stream) return;
    const fresh = connection.fresh;
    if (connection.lastFrameAt === 0) this.#meter.firstFrame(now - connection.sentAt, fresh);
    else this.#meter.nextFrames(now - connection.lastFrameAt, fresh);
  }

  onEnd(connection, fault) {
    this.#meter.answered(performance.now() - connection.sentAt, fault, connection.lost);
    connection.lost = 0;
    if (this.#stopping || fault !== undefined) {
      this.#retire(connection);
      // A failed connection is replaced after a breath, so that a broken contestant cannot spin the rig.
      if (!this.#stopping) setTimeout(() => this.#stopping || this.open(), 50);
    } else if (connection.closed) this.open();
    else this.#send(connection);
  }

  #send(connection) {
    connection.send(this.#call, this.#expect, performance.now());
  }

  #retire(connection) {
    this.#connections.delete(connection);
    connection.destroy();
    if (this.#stopping && this.#connections.size === 0) this.#drained();
  }

  #abandon() {
    for (const connection of this.#connections)
      this.#meter.answered(DRAIN_MS, 'never answered', connection.lost);
    this.#drained();
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function runClosed(plan) {
  const loop = new ClosedLoop(plan);
  const spacing = (plan.spreadMs ?? 0) / plan.connections;
  for (let opened = 0; opened < plan.connections; opened++) {
    loop.open();
    if (spacing >= 1 || opened % 10 === 9) await wait(Math.max(1, spacing * (spacing >= 1 ? 1 : 10)));
  }
  await wait(plan.warmMs);
  loop.startMeter();
  await wait(plan.measureMs);
  loop.stop();
  await loop.done;
  return loop.result();
}
