// Blocks one after the other, for encoders of streams in which no two are open at once and a reply has one choice:
// events of a block that opens while another is open wait until that one has ended.
import type { Ledger } from './ledger.ts';
import type { BlockEvent, EventOf } from './reply.ts';

/** What an encoder says at each event. */
export interface BlockWriter<Open> {
  /** No block is open now. If this opens one, it is put into the queue's `current`. */
  open(event: EventOf<'open'>): string;
  go(block: Open, event: Exclude<BlockEvent, EventOf<'open'>>): string;
}

export class BlockQueue<Open extends { readonly index: number }> {
  /** The open block, by its canonical index. */
  current: Open | undefined = undefined;
  readonly #writer: BlockWriter<Open>;
  readonly #ledger: Ledger;
  /** Events of blocks that wait for the open one to end, in order of their opening. */
  readonly #waiting = new Map<number, BlockEvent[]>();

  constructor(ledger: Ledger, writer: BlockWriter<Open>) {
    this.#ledger = ledger;
    this.#writer = writer;
  }

  /** What is said now. Events of blocks that were never opened here are passed over. */
  take(event: BlockEvent): string {
    if (event.type === 'open') return this.#open(event);
    const { current } = this;
    if (current !== undefined && event.index === current.index) return this.#writer.go(current, event);
    this.#waiting.get(event.index)?.push(event);
    return '';
  }

  /** The open block has ended: what those say that waited for it. */
  advance(): string {
    this.current = undefined;
    let said = '';
    for (const [index, events] of this.#waiting) {
      if (this.current !== undefined) break;
      this.#waiting.delete(index);
      for (const event of events) said += this.take(event);
    }
    return said;
  }

  #open(event: EventOf<'open'>): string {
    if (event.choice !== 0) {
      this.#ledger.dropped('choices', 'one reply per call');
      return '';
    }
    if (this.current === undefined) return this.#writer.open(event);
    this.#waiting.set(event.index, [event]);
    return '';
  }
}
