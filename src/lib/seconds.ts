// Milliseconds as people read them: `60 s`, `0.1 s`. What was left of a budget is no round number.

/** To the millisecond below ten seconds, to a tenth of a second from there on. */
export function inSeconds(milliseconds: number): string {
  const grain = milliseconds < 10_000 ? 1 : 100;
  return `${(Math.round(milliseconds / grain) * grain) / 1_000} s`;
}
