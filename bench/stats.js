// The arithmetic of rounds: medians, spreads, paired ratios, seeded shuffling and which rounds to leave out.

/** @param {readonly number[]} values @param {number} share */
function quantile(values, share) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  const high = Math.ceil(place);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** Median, interquartile range and count of what is defined. @param {readonly (number | undefined)[]} values */
export function spread(values) {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value));
  if (known.length === 0) return undefined;
  return { median: median(known), iqr: quantile(known, 0.75) - quantile(known, 0.25), n: known.length };
}

/** Ratio within each round, so that a slow minute of the machine cancels out; rounds lacking a side are left out. */
export function pairedRatios(ours, theirs) {
  return ours.flatMap((value, round) => {
    const other = theirs[round];
    return value === undefined || other === undefined || other <= 0 ? [] : [value / other];
  });
}

/** Deterministic order for a round: the same seed gives the same run. @param {readonly T[]} items @template T */
export function shuffle(items, seed) {
  const out = [...items];
  let state = seed >>> 0 || 1;
  for (let last = out.length - 1; last > 0; last--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const pick = (state >>> 0) % (last + 1);
    [out[last], out[pick]] = [out[pick], out[last]];
  }
  return out;
}

/**
 * Rounds in which the machine itself was disturbed: the host stole time, other work ran, or the direct row strayed from
 * its median.
 * @param {readonly { direct: number | undefined, steal: number, foreign: number }[]} rounds
 * @param {{ drift: number, steal: number, foreign: number }} limits
 */
export function disturbedRounds(rounds, limits) {
  const centre = median(rounds.flatMap((round) => (round.direct === undefined ? [] : [round.direct])));
  return rounds.flatMap((round, index) => {
    if (round.steal > limits.steal) return [{ index, why: `steal ${(round.steal * 100).toFixed(1)}%` }];
    if (round.foreign > limits.foreign) {
      return [{ index, why: `other work took ${(round.foreign * 100).toFixed(0)}% of a core` }];
    }
    if (centre === undefined || round.direct === undefined) return [];
    const drift = Math.abs(round.direct / centre - 1);
    return drift > limits.drift ? [{ index, why: `direct p50 off by ${(drift * 100).toFixed(0)}%` }] : [];
  });
}
