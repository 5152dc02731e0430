// The translation ledger: what became of each field that has no exact counterpart.

export type LedgerOutcome = 'mapped' | 'approximated' | 'dropped';

export interface LedgerEntry {
  readonly field: string;
  readonly outcome: LedgerOutcome;
  readonly note?: string;
}

/** `mapped`: said in other words, same meaning. `approximated`: meaning bent. `dropped`: not sent. */
export class Ledger {
  readonly entries: LedgerEntry[] = [];

  mapped(field: string, note?: string): void {
    this.#add(field, 'mapped', note);
  }

  approximated(field: string, note?: string): void {
    this.#add(field, 'approximated', note);
  }

  dropped(field: string, note?: string): void {
    this.#add(field, 'dropped', note);
  }

  /** Entries that bend or lose meaning: what `strict` refuses. */
  losses(): readonly LedgerEntry[] {
    return this.entries.filter((entry) => entry.outcome !== 'mapped');
  }

  #add(field: string, outcome: LedgerOutcome, note: string | undefined): void {
    if (this.entries.some((entry) => entry.field === field && entry.outcome === outcome)) return;
    this.entries.push(note === undefined ? { field, outcome } : { field, outcome, note });
  }
}

/** `dropped=seed,logit_bias; approximated=tool_choice`: the ledger as a response header. */
export function ledgerHeader(entries: readonly LedgerEntry[]): string {
  const parts: string[] = [];
  for (const outcome of ['dropped', 'approximated', 'mapped'] as const) {
    const fields = entries.filter((entry) => entry.outcome === outcome).map((entry) => entry.field);
    if (fields.length > 0) parts.push(`${outcome}=${fields.join(',')}`);
  }
  return parts.join('; ').replace(/[^\x20-\x7e]/g, '?');
}
