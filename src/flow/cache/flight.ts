// Stage cache: one upstream call on its way to several callers. What has arrived is kept for those who
// join later, up to a bound; from there on nobody joins, and the slowest caller sets the pace.
import type { FrameKind } from '../../canonical/protocol.ts';
import type { ReceiptDraft } from '../../canonical/receipt.ts';
import { Cancel } from '../../lib/cancel.ts';
import type { Clock } from '../../ports.ts';
import type { Call, End, Head, Receiver } from '../stage.ts';
import { type Answer, createAnswer, type Piece, sourceOf } from './answer.ts';
import { Subscriber } from './subscriber.ts';

export class Flight implements Receiver {
  /** Requested when the last caller has left, whoever was first. */
  readonly cancel = new Cancel();
  readonly clock: Clock;
  /** Of the call that is under way; it knows where the answer comes from. */
  readonly receipt: ReceiptDraft;
  readonly #bound: number;
  readonly #subscribers = new Set<Subscriber>();
  #leader: Subscriber | undefined = undefined;
  #head: Head | undefined = undefined;
  /** The frames somebody may still need, and how many before them nobody does. */
  #frames: Piece[] = [];
  #dropped = 0;
  #held = 0;
  #isPastBound = false;
  #isComplete = false;
  #waiting: (() => void)[] = [];
  #end: End | undefined = undefined;

  constructor(leader: Call, bound: number, clock: Clock) {
    this.receipt = leader.receipt;
    this.#bound = bound;
    this.clock = clock;
  }

  get head(): Head | undefined {
    return this.#head;
  }

  get end(): End | undefined {
    return this.#end;
  }

  get canBeJoined(): boolean {
    return !this.#isPastBound && this.#end === undefined && !this.cancel.requested;
  }

  /** The caller whose call this is. Its End waits for the flight's, so that somebody pays for it. */
  lead(call: Call, to: Receiver): Promise<End> {
    const leader = new Subscriber(this, call, to, 'leader');
    this.#leader = leader;
    return this.#board(leader);
  }

  join(call: Call, to: Receiver): Promise<End> {
    return this.#board(new Subscriber(this, call, to, 'follower'));
  }

  start(head: Head): void {
    this.#head = head;
    for (const subscriber of this.#subscribers) subscriber.pump();
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    if (this.#subscribers.size === 0) return true;
    this.#frames.push({ bytes, kind });
    this.#held += bytes.length;
    this.#isPastBound ||= this.#held > this.#bound;
    this.#isComplete ||= kind === 'terminal';
    for (const subscriber of this.#subscribers) subscriber.pump();
    this.progressed();
    return !this.#isPastBound || this.#held <= this.#bound;
  }

  drained(): Promise<void> {
    if (!this.#isPastBound || this.#held <= this.#bound / 2) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Frames are numbered from the first of the answer. */
  frameAt(index: number): Piece | undefined {
    return this.#frames[index - this.#dropped];
  }

  /** Somebody has taken frames or left: what nobody needs any more goes. */
  progressed(): void {
    if (this.#isPastBound) this.#drop();
    if (this.#waiting.length === 0 || this.#held > this.#bound / 2) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  leave(subscriber: Subscriber, reason: string): void {
    if (!this.#subscribers.delete(subscriber)) return;
    if (this.#subscribers.size === 0 && this.#end === undefined) this.cancel.request(reason);
    this.progressed();
  }

  land(end: End): void {
    this.#end = end;
    for (const subscriber of this.#subscribers) subscriber.pump();
    this.#leader?.landed(end);
  }

  /** A bug further in: everybody gets to know. */
  crash(cause: unknown): void {
    for (const subscriber of this.#subscribers) subscriber.fail(cause);
    this.#leader?.fail(cause);
  }

  /** The whole answer; undefined unless it came whole, was a success and is within the bound. */
  answer(end: End): Answer | undefined {
    if (!end.ok || !this.#isComplete || this.#isPastBound) return undefined;
    if (this.#head?.status !== 200) return undefined;
    // What the answer itself took: earlier attempts that failed are in the end's usage, but not in the answer.
    const usage = this.receipt.attempts.at(-1)?.usage ?? end.usage;
    return createAnswer(this.#head, this.#frames, usage, sourceOf(this.receipt));
  }

  #board(subscriber: Subscriber): Promise<End> {
    this.#subscribers.add(subscriber);
    return subscriber.ride();
  }

  #drop(): void {
    let needed = this.#dropped + this.#frames.length;
    for (const subscriber of this.#subscribers) needed = Math.min(needed, subscriber.at);
    const gone = this.#frames.splice(0, needed - this.#dropped);
    this.#dropped = needed;
    for (const frame of gone) this.#held -= frame.bytes.length;
  }
}
