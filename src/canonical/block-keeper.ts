// Block bookkeeping, once: whatever order an upstream opens, feeds and closes blocks in, what leaves
// here is strictly serial within a choice: open, delta*, seal?, close, next block.

import { isCompleteObject } from '../lib/complete-object.ts';
import type { Sealed } from './blocks.ts';
import type { Json } from './json.ts';
import type { BlockHead, Emit } from './reply.ts';

interface Note {
  readonly origin: string;
  readonly value: Json;
}

interface Kept {
  readonly key: string;
  readonly head: BlockHead;
  index: number;
  /** Text that is not out yet. */
  waiting: string;
  /** All text so far; of tool calls only. */
  text: string;
  /** Annotations that wait with the text. */
  notes: Note[] | undefined;
  sealed: Sealed | undefined;
  ended: boolean;
}

/** Blocks of one choice wait here in order of arrival; the first is the open one. */
type Queue = Kept[];

export class BlockKeeper {
  readonly #emit: Emit;
  readonly #queues = new Map<number, Queue>();
  #next = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  has(choice: number, key: string): boolean {
    return this.#find(choice, key) !== undefined;
  }

  /**
   * Opens a block. Prose blocks before it end with it; an unfinished tool call keeps the floor and
   * the new block waits, since nobody promises that parallel calls arrive one after the other.
   */
  open(choice: number, key: string, head: BlockHead): void {
    const queue = this.#queue(choice);
    for (const kept of queue) {
      if (kept.head.type !== 'tool_call' || isCompleteObject(kept.text)) kept.ended = true;
    }
    queue.push({
      key,
      head,
      index: -1,
      waiting: '',
      text: '',
      notes: undefined,
      sealed: undefined,
      ended: false,
    });
    this.#advance(choice, queue);
  }

  delta(choice: number, key: string, text: string): void {
    const kept = this.#find(choice, key);
    if (kept === undefined || text === '') return;
    kept.text = kept.head.type === 'tool_call' ? kept.text + text : '';
    if (kept.index >= 0) {
      this.#emit({ type: 'delta', index: kept.index, text });
      return;
    }
    kept.waiting += text;
  }

  /** All the text the block has received so far; kept for tool calls only. */
  textOf(choice: number, key: string): string {
    return this.#find(choice, key)?.text ?? '';
  }

  /** A citation and the like: goes out behind the text the block has so far. */
  annotate(choice: number, key: string, value: Json, origin: string): void {
    const kept = this.#find(choice, key);
    if (kept === undefined) return;
    if (kept.index >= 0) this.#emit({ type: 'annotate', index: kept.index, origin, value });
    else if (kept.notes === undefined) kept.notes = [{ origin, value }];
    else kept.notes.push({ origin, value });
  }

  seal(choice: number, key: string, sealed: Sealed): void {
    const kept = this.#find(choice, key);
    if (kept !== undefined) kept.sealed = sealed;
  }

  close(choice: number, key: string): void {
    const kept = this.#find(choice, key);
    if (kept === undefined) return;
    kept.ended = true;
    this.#advance(choice, this.#queue(choice));
  }

  /** Ends every block of a choice; to be called before its `finish`. */
  closeAll(choice: number): void {
    const queue = this.#queue(choice);
    for (const kept of queue) kept.ended = true;
    this.#advance(choice, queue);
  }

  #queue(choice: number): Queue {
    let queue = this.#queues.get(choice);
    if (queue === undefined) {
      queue = [];
      this.#queues.set(choice, queue);
    }
    return queue;
  }

  #find(choice: number, key: string): Kept | undefined {
    return this.#queues.get(choice)?.find((kept) => kept.key === key);
  }

  #advance(choice: number, queue: Queue): void {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      if (first.index < 0) this.#start(choice, first);
      if (!first.ended) return;
      if (first.sealed !== undefined) {
        this.#emit({ type: 'seal', index: first.index, sealed: first.sealed });
      }
      this.#emit({ type: 'close', index: first.index });
      queue.shift();
    }
  }

  #start(choice: number, kept: Kept): void {
    kept.index = this.#next;
    this.#next += 1;
    this.#emit({ type: 'open', index: kept.index, choice, block: kept.head });
    if (kept.waiting !== '') this.#emit({ type: 'delta', index: kept.index, text: kept.waiting });
    kept.waiting = '';
    for (const note of kept.notes ?? []) this.#emit({ type: 'annotate', index: kept.index, ...note });
    kept.notes = undefined;
  }
}
