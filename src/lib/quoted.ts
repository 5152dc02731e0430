// Finds a word in quotation marks. Quotes stand everywhere in JSON, so a search that begins with one stops
// at each of them: searching for what follows and then looking back is four times as fast.

export interface Quoted {
  /** The quote and the letters before `rest`. */
  readonly lead: string;
  readonly rest: string;
}

/** `common` is how many of its first letters stand in most texts, too; the search begins behind them. */
export function defineQuoted(word: string, common = 0): Quoted {
  return { lead: `"${word.slice(0, common)}`, rest: `${word.slice(common)}"` };
}

/** One past the closing quote of the first occurrence from `from` on; -1 if there is none. */
export function afterQuoted(text: string, { lead, rest }: Quoted, from = 0): number {
  for (let at = text.indexOf(rest, from); at >= 0; at = text.indexOf(rest, at + 1)) {
    if (at - lead.length >= from && text.startsWith(lead, at - lead.length)) return at + rest.length;
  }
  return -1;
}
