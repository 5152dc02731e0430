// A reply of one choice, gathered block by block, for encoders that say it whole at the end.
import type { Json, JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';
import type { BlockHead, EventOf, ReplyEvent } from './reply.ts';
import { noUsage, type Usage } from './usage.ts';

/** How a dialect says blocks; each names in the ledger what is lost. */
export interface BlockForms<Head> {
  /** Undefined when the dialect cannot say the block. */
  head(block: BlockHead, index: number): Head | undefined;
  /** May a signature of this origin stand on such a block? */
  signed(head: Head, origin: string): boolean;
  /** May an annotation of this origin? */
  annotated(head: Head, origin: string): boolean;
}

export interface GatheredBlock<Head> {
  readonly type: BlockHead['type'];
  readonly head: Head;
  text: string;
  signature: string;
  readonly annotations: Json[];
}

export class GatheredReply<Head> {
  usage: Usage = noUsage;
  usageExtras: JsonObject | undefined = undefined;
  finish: EventOf<'finish'> | undefined = undefined;
  readonly #ledger: Ledger;
  readonly #forms: BlockForms<Head>;
  readonly #blocks = new Map<number, GatheredBlock<Head>>();

  constructor(ledger: Ledger, forms: BlockForms<Head>) {
    this.#ledger = ledger;
    this.#forms = forms;
  }

  get blocks(): readonly GatheredBlock<Head>[] {
    return [...this.#blocks.values()];
  }

  has(type: BlockHead['type']): boolean {
    return this.blocks.some((block) => block.type === type);
  }

  take(event: Exclude<ReplyEvent, EventOf<'start' | 'error' | 'end'>>): void {
    switch (event.type) {
      case 'usage':
        this.usage = event.usage;
        this.usageExtras = event.extras;
        break;
      case 'finish':
        if (event.choice === 0) this.finish = event;
        break;
      case 'logprobs':
        this.#ledger.dropped('logprobs');
        break;
      case 'open':
        this.#open(event);
        break;
      case 'delta':
      case 'seal':
      case 'annotate':
        this.#add(event);
        break;
      case 'close':
      case 'ping':
        break;
    }
  }

  #open({ choice, index, block }: EventOf<'open'>): void {
    if (choice !== 0) {
      this.#ledger.dropped('choices', 'one reply per call');
      return;
    }
    const head = this.#forms.head(block, index);
    if (head === undefined) return;
    this.#blocks.set(index, { type: block.type, head, text: '', signature: '', annotations: [] });
  }

  #add(event: EventOf<'delta' | 'seal' | 'annotate'>): void {
    const block = this.#blocks.get(event.index);
    if (block === undefined) return;
    if (event.type === 'delta') block.text += event.text;
    else if (event.type === 'seal') {
      if (this.#forms.signed(block.head, event.sealed.origin)) block.signature = event.sealed.value;
    } else if (this.#forms.annotated(block.head, event.origin)) block.annotations.push(event.value);
  }
}
