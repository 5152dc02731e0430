// What a model takes depends on its version, which its name states. Other models behind this dialect, and
// names that do not say, have no version here.

const NAME = /gemini-(\d{1,2})(?:\.(\d{1,2}))?(?!\d)/;
/** Names that always lead to the newest model. */
const NEWEST = /^(?:models\/)?gemini-[a-z-]*latest$/;

/** Major times 100 plus minor: 205 for 2.5. Undefined for names that do not say. */
export function geminiVersion(model: string): number | undefined {
  const match = NAME.exec(model);
  if (match !== null) return Number(match[1]) * 100 + Number(match[2] ?? 0);
  return NEWEST.test(model) ? since.levels : undefined;
}

/** Versions from which on … */
export const since = {
  /** … there is reasoning at all, */
  thinking: 205,
  /** … it is asked for by a word, calls must carry their signatures, results may hold pictures, tools and a
   * schema for the answer go together, and there is one candidate only. */
  levels: 300,
  /** … and the largest model knows the word in the middle. */
  medium: 301,
} as const;

export function isAtLeast(version: number | undefined, least: number): boolean {
  return version !== undefined && version >= least;
}
