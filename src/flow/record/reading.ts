// Stage record, between the flow and emit: passes an answer through and reads along how far it got.
// Nothing passes after `shut`.
import type { CallWire } from '../../canonical/call-wire.ts';
import type { FrameKind, Protocol } from '../../canonical/protocol.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Head, Receiver } from '../stage.ts';

export class Reading implements Receiver {
  readonly face: Protocol;
  readonly cancel: Cancel;
  /** Of the answer's head, 0 while there is none. */
  status = 0;
  /** Bytes of the answer that went on, and those of its end, which emit keeps until the call is over. */
  passed = 0;
  waiting = 0;
  /** Has anything but the end been passed on? */
  started = false;
  readonly #to: Receiver;
  #shut = false;

  constructor(to: Receiver, face: Protocol) {
    this.face = face;
    this.#to = to;
    this.cancel = to.cancel;
  }

  start(head: Head): void {
    if (this.#shut) return;
    this.status = head.status;
    this.#to.start(head);
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    if (this.#shut) return true;
    if (kind === 'terminal') this.waiting += bytes.length;
    else {
      this.started = true;
      this.passed += bytes.length;
    }
    return this.#to.frame(bytes, kind);
  }

  recalled(wire: CallWire): void {
    this.#to.recalled?.(wire);
  }

  ending(): string {
    return this.#to.ending?.() ?? '';
  }

  unkept(): void {
    this.#to.unkept?.();
  }

  drained(): Promise<void> {
    return this.#to.drained();
  }

  /** The flow is through with this call: whatever it still says comes too late. */
  shut(): void {
    this.#shut = true;
  }
}
