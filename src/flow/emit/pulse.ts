// A caller who waits for a stream hears of us before anybody on the way takes the connection for dead. One
// coarse timer looks at all of them; whoever speaks only leaves a mark, so a frame costs a field.
import type { Deadlines, Timed } from '../../lib/deadlines.ts';

export interface Keepalives {
  readonly wheel: Deadlines;
  /** Milliseconds of silence; Infinity where nobody is kept alive. Of all models the least. */
  readonly least: number;
  /** The same for one model, by the name it has in the config. */
  of(model: string): number;
}

export interface Speaker {
  /** Undefined while it is not known whether the call may have it. */
  readonly model: string | undefined;
  /** False: there is no room for it now. */
  keepAlive(): boolean;
}

/** Looks per period: a keepalive comes late by a quarter of it at most. */
const LOOKS = 4;

export class Pulse implements Timed {
  place = -1;
  /** The first look comes at once and tells the time: who is answered soon needs no clock. */
  deadline = 0;
  /** Something was said since the last look. */
  spoke = true;
  readonly #keepalives: Keepalives;
  readonly #speaker: Speaker;
  #silentSince = 0;

  constructor(keepalives: Keepalives, speaker: Speaker) {
    this.#keepalives = keepalives;
    this.#speaker = speaker;
    keepalives.wheel.add(this);
  }

  stop(): void {
    this.#keepalives.wheel.remove(this);
  }

  expire(now: number): void {
    const { model } = this.#speaker;
    const period = model === undefined ? this.#keepalives.least : this.#keepalives.of(model);
    if (period === Number.POSITIVE_INFINITY) {
      this.stop();
      return;
    }
    if (this.spoke) {
      this.spoke = false;
      this.#silentSince = now;
    } else if (model !== undefined && now - this.#silentSince >= period && this.#speaker.keepAlive()) {
      this.#silentSince = now;
    }
    const due = this.#silentSince + period;
    const look = now + period / LOOKS;
    this.deadline = due > now && due < look ? due : look;
  }
}
