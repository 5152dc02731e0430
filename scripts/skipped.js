// Which tests were skipped and why, from a run's TAP; and which of them nobody may skip where everything is at hand.

/** Programs that need not be on every machine. */
const MAY_BE_MISSING = [/^promtool is missing/, /^CLIENTS names no folder/];

/** @param {string} tap @returns {{ name: string, why: string }[]} */
export function skippedIn(tap) {
  return tap.split('\n').flatMap((line) => {
    const found = /^\s*ok \d+ - (.*) # SKIP ?(.*)$/.exec(line);
    return found ? [{ name: found[1], why: found[2] || 'no reason given' }] : [];
  });
}

/** @param {readonly { name: string, why: string }[]} skipped */
export function forbidden(skipped) {
  return skipped.filter(({ why }) => !MAY_BE_MISSING.some((allowed) => allowed.test(why)));
}

/** @param {readonly { name: string, why: string }[]} skipped */
export function tell(skipped) {
  const count = new Map();
  for (const { why } of skipped) count.set(why, (count.get(why) ?? 0) + 1);
  const lines = [...count].map(([why, times]) => `  ${times} × ${why}`);
  return skipped.length === 0 ? 'No test was skipped.' : `SKIPPED: ${skipped.length}\n${lines.join('\n')}`;
}
