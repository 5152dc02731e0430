// Stage record, between the flow and emit: passes an answer through and keeps back its end. Until
// `release`, no caller can have seen a complete answer; nothing passes after `shut`.
import type { FrameKind } from '../../canonical/protocol.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Head, Receiver } from '../stage.ts';

interface HeldFrame {
  readonly bytes: Buffer;
  readonly kind: FrameKind;
}

export class Hold implements Receiver {
  readonly cancel: Cancel;
  /** Of the answer's head, 0 while there is none. */
  status = 0;
  /** Bytes of the answer that went on, and those that wait. */
  passed = 0;
  waiting = 0;
  /** Has anything been passed on? */
  started = false;
  readonly #to: Receiver;
  #head: Head | undefined = undefined;
  #held: HeldFrame[] | undefined = undefined;
  #shut = false;

  constructor(to: Receiver) {
    this.#to = to;
    this.cancel = to.cancel;
  }

  /** The head waits for the first frame: an answer that comes whole can still become a clean error. */
  start(head: Head): void {
    if (this.#shut) return;
    this.#head = head;
    this.status = head.status;
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    if (this.#shut) return true;
    if (kind === 'terminal' || this.#held !== undefined) {
      this.waiting += bytes.length;
      this.#held ??= [];
      this.#held.push({ bytes, kind });
      return true;
    }
    if (!this.started) this.#start();
    this.passed += bytes.length;
    return this.#to.frame(bytes, kind);
  }

  drained(): Promise<void> {
    return this.#to.drained();
  }

  /** The flow is through with this call: whatever it still says comes too late. */
  shut(): void {
    this.#shut = true;
  }

  /** Lets the end of the answer go. */
  release(): void {
    if (!this.started) this.#start();
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) for (const frame of held) this.#to.frame(frame.bytes, frame.kind);
  }

  #start(): void {
    if (this.#head === undefined) return;
    this.started = true;
    this.#to.start(this.#head);
  }
}
