// Groups neighbouring events of one kind into runs, so that a frame stays one write further on.

export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Run<Kind> {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

/** `kindOf` is asked once per event, in order; undefined drops the event. */
function runsOf<Kind, Event extends Span>(
  events: readonly Event[],
  kindOf: (event: Event) => Kind | undefined,
): Run<Kind>[] {
  const runs: Run<Kind>[] = [];
  for (const event of events) {
    const kind = kindOf(event);
    if (kind === undefined) continue;
    const last = runs[runs.length - 1];
    if (last !== undefined && last.kind === kind && last.end === event.start) {
      runs[runs.length - 1] = { kind, start: last.start, end: event.end };
    } else runs.push({ kind, start: event.start, end: event.end });
  }
  return runs;
}

/** The events in `bytes`, run by run: what leaves whole leaves as the very bytes that came. */
export function sendRuns<Kind, Event extends Span>(
  bytes: Buffer,
  events: readonly Event[],
  kindOf: (event: Event) => Kind | undefined,
  output: { frame(bytes: Buffer, kind: Kind): void },
): void {
  for (const run of runsOf(events, kindOf)) {
    const whole = run.start === 0 && run.end === bytes.length;
    output.frame(whole ? bytes : bytes.subarray(run.start, run.end), run.kind);
  }
}
