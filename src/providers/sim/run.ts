// One simulated reply under way: plays its beats at their times, keeps its two silences (first byte,
// idle), stops in the tick of a cancellation. `total` is the real transport's business.
import { GatewayError } from '../../canonical/errors.ts';
import type { WireCall, WireEnd, WireFlow, WireReceiver } from '../../canonical/wire.ts';
import { inSeconds } from '../../lib/seconds.ts';
import type { Paced, Pacer } from './pace.ts';
import type { Play } from './play.ts';

export interface Tempo {
  readonly ttft: number;
  /** Milliseconds per token; 0 sends what is left at once. */
  readonly interval: number;
  readonly jitter: number;
}

export interface Stagehands {
  readonly clock: { now(): number };
  readonly random: { next(): number };
  readonly pacer: Pacer;
}

export class Run implements Paced, WireFlow {
  readonly #play: Play;
  readonly #tempo: Tempo;
  readonly #wire: WireCall;
  readonly #to: WireReceiver;
  readonly #hands: Stagehands;
  readonly #settle: (end: WireEnd) => void;
  #next = 0;
  #free = 1;
  #started = false;
  #paused = false;
  #over = false;
  /** When the next beat should come, whatever the timer's grain made of the last one. */
  #ideal: number;
  #due = 0;
  /** The silence outlasts its limit: at `due` the run ends instead of going on. */
  #expires = false;
  readonly #onCancel = (): void => this.#cancelled();

  constructor(
    play: Play,
    tempo: Tempo,
    wire: WireCall,
    to: WireReceiver,
    hands: Stagehands,
    settle: (end: WireEnd) => void,
  ) {
    this.#play = play;
    this.#tempo = tempo;
    this.#wire = wire;
    this.#to = to;
    this.#hands = hands;
    this.#settle = settle;
    const now = hands.clock.now();
    this.#ideal = now + tempo.ttft * this.#stray() + this.#wait();
    this.#await(now);
  }

  get due(): number {
    return this.#paused ? Number.POSITIVE_INFINITY : this.#due;
  }

  /** What is due already goes in a microtask: never before `send` has returned. */
  begin(): void {
    this.#wire.cancel.onRequest(this.#onCancel);
    this.#goOn();
  }

  advance(now: number): void {
    try {
      while (!this.#over && this.due <= now) this.#step(now);
    } catch (cause) {
      this.stop(new GatewayError('internal', 'The reply could not be handled.', { cause }));
    }
    if (this.#over) this.#hands.pacer.leave(this);
    else this.#hands.pacer.follow(this);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    this.#await(this.#hands.clock.now());
    this.#goOn();
  }

  stop(error: GatewayError): void {
    this.#finish({ ok: false, error, sent: true });
  }

  #goOn(): void {
    if (this.#over) return;
    if (this.due > this.#hands.clock.now()) this.#hands.pacer.follow(this);
    else queueMicrotask(() => this.advance(this.#hands.clock.now()));
  }

  #cancelled(): void {
    const reason = this.#wire.cancel.reason ?? 'cancelled';
    this.stop(new GatewayError('client_gone', `The call was cancelled: ${reason}.`));
  }

  #step(now: number): void {
    if (this.#expires) this.stop(this.#timedOut());
    else if (this.#next < this.#play.beats.length) this.#beat(now);
    else this.#close();
  }

  #beat(now: number): void {
    if (!this.#started && this.#play.head !== undefined) {
      this.#started = true;
      this.#to.head(this.#play.head);
      if (this.#over) return;
    }
    const bytes = Buffer.from(this.#take());
    this.#ideal += this.#wait();
    this.#await(now);
    this.#to.data(bytes, this);
  }

  #take(): string {
    const { beats } = this.#play;
    if (this.#tempo.interval > 0) {
      const beat = beats[this.#next];
      this.#next += 1;
      return beat?.text ?? '';
    }
    let text = '';
    for (; this.#next < beats.length; this.#next += 1) text += beats[this.#next]?.text ?? '';
    return text;
  }

  /** The time the next beat's tokens take; the first token comes with the first byte. */
  #wait(): number {
    const tokens = this.#play.beats[this.#next]?.tokens ?? 0;
    if (tokens === 0) return 0;
    const paid = tokens - this.#free;
    this.#free = 0;
    return paid === 0 ? 0 : paid * this.#tempo.interval * this.#stray();
  }

  #stray(): number {
    const { jitter } = this.#tempo;
    return jitter === 0 ? 1 : 1 + jitter * (2 * this.#hands.random.next() - 1);
  }

  #await(now: number): void {
    const silent = this.#next >= this.#play.beats.length && this.#play.end === 'silence';
    const ideal = silent ? Number.POSITIVE_INFINITY : this.#ideal;
    const { timers } = this.#wire;
    const limit = now + (this.#started ? timers.idle : timers.firstByte);
    this.#expires = ideal > limit;
    this.#due = this.#expires ? limit : ideal;
  }

  #timedOut(): GatewayError {
    const { timers } = this.#wire;
    return new GatewayError(
      'upstream_timeout',
      this.#started
        ? `The upstream went silent for ${inSeconds(timers.idle)} mid-reply (idle).`
        : `The upstream sent nothing for ${inSeconds(timers.firstByte)} (first_byte).`,
    );
  }

  #close(): void {
    if (this.#play.end === 'reset') {
      this.stop(new GatewayError('upstream_reset', 'The upstream closed the connection without a reply.'));
    } else if (this.#play.end === 'cut') {
      this.stop(
        new GatewayError(
          'upstream_truncated',
          'The upstream closed the connection in the middle of its reply.',
        ),
      );
    } else this.#finish({ ok: true });
  }

  #finish(end: WireEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire.cancel.forget(this.#onCancel);
    this.#hands.pacer.leave(this);
    this.#settle(end);
  }
}
