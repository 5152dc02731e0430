// Two replies become one. The second goes on where the first broke off: either it was given the words so far and begins
// behind them, or it says all of it again, which is swallowed as long as it is the same, letter by letter.
import { GatewayError } from '../../../canonical/errors.ts';
import type { Seam } from '../../../canonical/receipt.ts';
import type { Emit, EventOf, ReplyEvent } from '../../../canonical/reply.ts';
import { type Usage, usageSum } from '../../../canonical/usage.ts';

/** What a caller has read of a reply. */
export class Spoken {
  text = '';
  /** Of the block that is open. */
  open: number | undefined = undefined;
  #next = 0;
  /** Something that cannot be gone on from: a call of a tool, a refusal, a second choice. */
  #beyond = false;

  /** Nothing but text was said, and it may go on. */
  get canGoOn(): boolean {
    return !this.#beyond;
  }

  /** Of a block that no reply has opened yet. */
  get nextIndex(): number {
    return this.#next;
  }

  hear(event: ReplyEvent): void {
    if (event.type === 'open') this.#hearOpen(event);
    else if (event.type === 'delta' && event.index === this.open) this.text += event.text;
    else if (event.type === 'finish') this.#beyond = true;
  }

  #hearOpen({ index, block, choice }: EventOf<'open'>): void {
    this.#next = Math.max(this.#next, index + 1);
    if (choice !== 0 || (block.type !== 'text' && block.type !== 'reasoning')) this.#beyond = true;
    // A second text would stand behind the first: which of them a later reply repeats cannot be told.
    else if (block.type === 'text' && this.text !== '') this.#beyond = true;
    else if (block.type === 'text') this.open = index;
  }
}

export class Splice {
  readonly #spoken: Spoken;
  readonly #emit: Emit;
  /** Of the attempts before. */
  readonly #spent: Usage;
  /** What is still to be repeated. */
  #due: string;
  #told = '';
  /** The one text block of the second reply. */
  #index: number | undefined = undefined;

  constructor(spoken: Spoken, manner: Seam['by'], spent: Usage, emit: Emit) {
    this.#spoken = spoken;
    this.#spent = spent;
    this.#emit = emit;
    this.#due = manner === 'again' ? spoken.text : '';
  }

  /** Has the second reply said something new? */
  get isJoined(): boolean {
    return this.#index !== undefined && this.#due === '';
  }

  read(event: ReplyEvent): void {
    switch (event.type) {
      case 'open':
        this.#open(event);
        return;
      case 'delta':
        if (event.index === this.#index) this.#delta(event.text);
        return;
      case 'close':
        if (event.index === this.#index) this.#close();
        return;
      case 'usage':
        this.#emit({ ...event, usage: usageSum(this.#spent, event.usage) });
        return;
      case 'finish':
      case 'end':
      case 'error':
        if (event.type !== 'error' && this.#due !== '') throw differs(this.#told.length);
        this.#emit(event);
        return;
      default:
    }
  }

  #open({ block, index, choice }: EventOf<'open'>): void {
    if (block.type === 'reasoning' || block.type === 'raw') return;
    if (block.type !== 'text' || choice !== 0 || this.#index !== undefined) throw differs(this.#told.length);
    this.#index = index;
    if (this.#spoken.open !== undefined) return;
    this.#spoken.open = this.#spoken.nextIndex;
    this.#emit({ type: 'open', index: this.#spoken.nextIndex, choice: 0, block: { type: 'text' } });
  }

  #delta(text: string): void {
    if (this.#due === '') {
      this.#say(text);
      return;
    }
    const same = Math.min(text.length, this.#due.length);
    if (text.slice(0, same) !== this.#due.slice(0, same)) throw differs(this.#told.length);
    this.#told += text.slice(0, same);
    this.#due = this.#due.slice(same);
    if (text.length > same) this.#say(text.slice(same));
  }

  #say(text: string): void {
    if (this.#spoken.open !== undefined) this.#emit({ type: 'delta', index: this.#spoken.open, text });
  }

  #close(): void {
    if (this.#due !== '') throw differs(this.#told.length);
    if (this.#spoken.open !== undefined) this.#emit({ type: 'close', index: this.#spoken.open });
  }
}

function differs(after: number): GatewayError {
  return new GatewayError(
    'upstream_garbled',
    `The second answer is not the first one gone on: it differs after ${after} characters.`,
    { ours: true },
  );
}
