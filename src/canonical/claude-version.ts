// What a Claude model takes depends on its version, which its name states. Other models behind the same
// dialects have no version here and are spoken to like the newest.

const NAME = /claude-(?:[a-z]+-)*(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/** Major times 100 plus minor: 405 for 4.5. Undefined for names that are not Claude's. */
export function claudeVersion(model: string): number | undefined {
  const match = NAME.exec(model);
  return match === null ? undefined : Number(match[1]) * 100 + Number(match[2] ?? 0);
}

/** Versions from which on … */
export const since = {
  /** … there is reasoning at all, */
  thinking: 307,
  /** … a JSON schema can be asked for, */
  schema: 401,
  /** … temperature and top_p exclude each other, */
  oneSampler: 401,
  /** … effort is a word, at least on the largest model, */
  effort: 405,
  /** … the model decides itself how much to think, */
  adaptive: 406,
  /** … a budget is refused, */
  noBudget: 407,
  /** … and system messages may stand between turns, in the largest family. */
  inlineSystem: 408,
} as const;

export function isAtLeast(version: number | undefined, least: number): boolean {
  return version === undefined || version >= least;
}

/** Folding is always understood: only models known to take a system message in place get it there. */
export function takesInlineSystem(model: string): boolean {
  return model.includes('opus') && (claudeVersion(model) ?? 0) >= since.inlineSystem;
}
