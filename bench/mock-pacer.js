// Paces every open stream of the mock with one timer: a tick writes one frame to each stream whose turn it is.
// Late ticks are made up for at once, so the pace is kept on average whatever the timer does.

const TICK_MS = 5;
const MAX_CATCH_UP = 20;

export class Pacer {
  #behaviour;
  #tally;
  #turns = [new Set()];
  #tick = 0;
  #origin = 0;
  #timer;
  #finishing = false;

  /** @param {{ events: number, intervalMs: number }} behaviour @param {{ frames: number, framesOfWhole: number }} tally */
  constructor(behaviour, tally) {
    this.#behaviour = behaviour;
    this.#tally = tally;
  }

  /** Applies a new interval; streams under way would keep a stale turn, so there should be none. */
  retime() {
    const count = Math.max(1, Math.round(this.#behaviour.intervalMs / TICK_MS));
    this.#turns = Array.from({ length: count }, () => new Set());
    this.#finishing = false;
  }

  begin(socket, reply) {
    const stream = { socket, reply, next: 1, ended: false, turn: this.#tick % this.#turns.length };
    socket.cork();
    socket.write(reply.opening);
    socket.write(reply.frames[0]);
    socket.uncork();
    this.#tally.frames++;
    this.#turns[stream.turn].add(stream);
    if (this.#timer === undefined) this.#start();
    return stream;
  }

  drop(stream) {
    stream.ended = true;
    this.#turns[stream.turn].delete(stream);
  }

  /** Every open stream ends at its next turn. */
  finish() {
    this.#finishing = true;
  }

  #start() {
    this.#origin = performance.now() - this.#tick * TICK_MS;
    this.#timer = setInterval(() => this.#run(), TICK_MS);
  }

  #run() {
    const due = Math.floor((performance.now() - this.#origin) / TICK_MS);
    if (due - this.#tick > MAX_CATCH_UP) this.#origin += (due - this.#tick - MAX_CATCH_UP) * TICK_MS;
    const until = Math.min(due, this.#tick + MAX_CATCH_UP);
    while (this.#tick < until) {
      this.#tick++;
      for (const stream of this.#turns[this.#tick % this.#turns.length]) this.#write(stream);
    }
    if (this.#turns.every((turn) => turn.size === 0)) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #write(stream) {
    const { socket, reply } = stream;
    const last = this.#finishing || stream.next >= Math.min(this.#behaviour.events, reply.frames.length);
    if (!last) {
      socket.write(reply.frames[stream.next++]);
      this.#tally.frames++;
      return;
    }
    this.drop(stream);
    this.#tally.framesOfWhole += stream.next;
    socket.write(reply.closing);
  }
}
