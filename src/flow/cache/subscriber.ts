// Stage cache: one caller of a flight, at its own pace: everything so far, then live. Its slowness,
// leaving or failing is its own affair.
import type { FrameKind } from '../../canonical/protocol.ts';
import type { Call, End, Head, Receiver } from '../stage.ts';
import { noteSource, sourceOf } from './answer.ts';
import type { Flight } from './flight.ts';
import { callerLeft } from './replay.ts';

export class Subscriber {
  /** Index of the frame to give next. */
  at = 0;
  readonly #flight: Flight;
  readonly #call: Call;
  readonly #to: Receiver;
  readonly #leads: boolean;
  #started = false;
  #draining = false;
  #gone = false;
  #resolve: ((end: End) => void) | undefined = undefined;
  #reject: ((cause: unknown) => void) | undefined = undefined;

  constructor(flight: Flight, call: Call, to: Receiver, role: 'leader' | 'follower') {
    this.#flight = flight;
    this.#call = call;
    this.#to = to;
    this.#leads = role === 'leader';
  }

  ride(): Promise<End> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#to.cancel.onRequest(this.#left);
      this.pump();
    });
  }

  /** Gives what there is to give, until the caller asks for a pause. */
  pump(): void {
    if (this.#gone) return;
    try {
      this.#give();
    } catch (cause) {
      this.fail(cause);
      return;
    }
    const { end } = this.#flight;
    if (end !== undefined && this.#flight.frameAt(this.at) === undefined) this.#arrive(end);
  }

  /** The flight is over; a leader who has left pays for it nevertheless. */
  landed(end: End): void {
    if (!this.#gone) return;
    const left = callerLeft(this.#started);
    this.#settle(end.ok ? { ...left, usage: end.usage } : { ...end, started: this.#started });
  }

  fail(cause: unknown): void {
    this.#go();
    this.#reject?.(cause);
    this.#flight.leave(this, 'the caller failed');
  }

  #give(): void {
    const { head } = this.#flight;
    if (head === undefined) return;
    if (!this.#started) this.#begin(head);
    while (!this.#draining && !this.#gone) {
      const frame = this.#flight.frameAt(this.at);
      if (frame === undefined) return;
      this.at += 1;
      this.#noteContent(frame.kind);
      if (!this.#to.frame(frame.bytes, frame.kind)) this.#pause();
    }
  }

  #begin(head: Head): void {
    this.#started = true;
    noteSource(this.#call.receipt, sourceOf(this.#flight.receipt));
    this.#to.start(head);
  }

  /** Of the leader's call the stages further in take note. */
  #noteContent(kind: FrameKind): void {
    if (this.#leads || kind === 'prelude') return;
    const { receipt } = this.#call;
    receipt.firstContentAt ??= this.#flight.clock.now() - receipt.arrived;
  }

  #pause(): void {
    this.#draining = true;
    const resume = () => {
      this.#draining = false;
      this.pump();
      this.#flight.progressed();
    };
    this.#to.drained().then(resume, (cause) => this.fail(cause));
  }

  #arrive(end: End): void {
    this.#go();
    noteSource(this.#call.receipt, sourceOf(this.#flight.receipt));
    this.#settle(end);
  }

  readonly #left = (): void => {
    this.#go();
    const { end } = this.#flight;
    if (!this.#leads) this.#settle(callerLeft(this.#started));
    else if (end !== undefined) this.landed(end);
    this.#flight.leave(this, this.#to.cancel.reason ?? 'the caller left');
  };

  #go(): void {
    this.#gone = true;
    this.#to.cancel.forget(this.#left);
  }

  #settle(end: End): void {
    this.#resolve?.(end);
  }
}
