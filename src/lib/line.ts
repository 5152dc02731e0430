// Things that stand in a line, each of which may leave from wherever it stands: a list whose links are in the things.

export interface Standing<Thing> {
  /** Written by the line only. */
  before: Thing | undefined;
  behind: Thing | undefined;
}

export class Line<Thing extends Standing<Thing>> {
  first: Thing | undefined = undefined;
  last: Thing | undefined = undefined;
  length = 0;

  add(thing: Thing): void {
    thing.before = this.last;
    thing.behind = undefined;
    if (this.last === undefined) this.first = thing;
    else this.last.behind = thing;
    this.last = thing;
    this.length += 1;
  }

  /** It must stand here. */
  remove(thing: Thing): void {
    const { before, behind } = thing;
    if (before === undefined) this.first = behind;
    else before.behind = behind;
    if (behind === undefined) this.last = before;
    else behind.before = before;
    thing.before = undefined;
    thing.behind = undefined;
    this.length -= 1;
  }
}
