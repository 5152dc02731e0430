// The translation ledger: what became of each field that has no exact counterpart. Names may be the
// caller's, so many and long ones are counted and cut: a ledger stays small whatever the call is.
import { headerValue } from '../lib/header-value.ts';

export type LedgerOutcome = 'mapped' | 'approximated' | 'dropped';

export interface LedgerEntry {
  readonly field: string;
  readonly outcome: LedgerOutcome;
  readonly note?: string;
  /** The caller said nothing, and something had to be said for him. */
  readonly unstated?: true;
}

const MOST_NAMED = 50;
const LONGEST_NAME = 100;
const WORST_FIRST = ['dropped', 'approximated', 'mapped'] as const;

/** `mapped`: said in other words, same meaning. `approximated`: meaning bent. `dropped`: not sent. */
export class Ledger {
  /** Up to fifty fields of each outcome by name, then one entry for the rest. */
  readonly entries: LedgerEntry[] = [];
  readonly #named: Partial<Record<LedgerOutcome, Set<string>>> = {};
  readonly #rest: Partial<Record<LedgerOutcome, Rest>> = {};

  mapped(field: string, note?: string): void {
    this.#add(field, 'mapped', note);
  }

  approximated(field: string, note?: string): void {
    this.#add(field, 'approximated', note);
  }

  /** The caller left it out, the target needs it, and `note` tells what was chosen. */
  chosen(field: string, note: string): void {
    this.#add(field, 'approximated', note, true);
  }

  dropped(field: string, note?: string): void {
    this.#add(field, 'dropped', note);
  }

  /** Entries that bend or lose meaning: what `strict` refuses. */
  losses(): readonly LedgerEntry[] {
    return this.entries.filter((entry) => entry.outcome !== 'mapped');
  }

  #add(name: string, outcome: LedgerOutcome, note: string | undefined, unstated?: true): void {
    const field = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name;
    this.#named[outcome] ??= new Set();
    const named = this.#named[outcome];
    if (named.has(field)) return;
    if (named.size >= MOST_NAMED) this.#count(outcome);
    else {
      named.add(field);
      this.entries.push({
        field,
        outcome,
        ...(note === undefined ? {} : { note }),
        ...(unstated === undefined ? {} : { unstated }),
      });
    }
  }

  /** Of what is not named nobody remembers whether it was there before: each mention counts. */
  #count(outcome: LedgerOutcome): void {
    let rest = this.#rest[outcome];
    if (rest === undefined) {
      rest = new Rest(outcome);
      this.#rest[outcome] = rest;
      this.entries.push(rest);
    }
    rest.count += 1;
  }
}

class Rest implements LedgerEntry {
  readonly outcome: LedgerOutcome;
  count = 0;

  constructor(outcome: LedgerOutcome) {
    this.outcome = outcome;
  }

  get field(): string {
    return `and ${this.count} more`;
  }
}

/** `dropped=seed,logit_bias; approximated=tool_choice`: the ledger as a response header. */
export function ledgerHeader(entries: readonly LedgerEntry[]): string {
  const parts: string[] = [];
  for (const outcome of WORST_FIRST) {
    const fields = entries.filter((entry) => entry.outcome === outcome).map((entry) => entry.field);
    if (fields.length > 0) parts.push(`${outcome}=${fields.join(',')}`);
  }
  return headerValue(parts.join('; '));
}
