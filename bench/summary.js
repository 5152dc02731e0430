// From the rounds to the table: medians, spreads, ratios within a round, verdicts, and which rounds were left out.

import { disturbedRounds, median, pairedRatios, spread } from './stats.js';

/** Shares of the machine's time stolen by the host, and of a core taken by other work, beyond which a figure is not ours. */
export const CALM = { steal: 0.01, foreign: 0.15 };
// A saturated loop repeats within a few percent; a lone call of a tenth of a millisecond does not.
const DRIFT = { busy: 0.05, quiet: 0.25 };
const FEWEST_ROUNDS = 3;
const CAPACITY = 1.3;
/** Percent of a core. */
const BUSY_RIG = 90;

/**
 * @typedef {Record<string, number | string | undefined> | undefined} Figures of one contestant in one round
 * @typedef {Record<string, Figures>[]} Rounds contestant -> figures, for one window
 */

/** Leaves out the rounds in which the machine was disturbed, unless too few would remain. @param {Rounds} rounds */
export function keepCalm(window, rounds) {
  const busy = window.load.mode === 'closed' && window.load.connections > 1;
  const worst = (round, figure) =>
    Math.max(0, ...Object.values(round).map((figures) => figures?.[figure] ?? 0));
  const seen = rounds.map((round) => ({
    direct: round.direct?.p50,
    steal: worst(round, 'steal'),
    foreign: worst(round, 'foreign'),
  }));
  const disturbed = disturbedRounds(seen, { ...CALM, drift: busy ? DRIFT.busy : DRIFT.quiet });
  const kept = rounds.filter((_, index) => !disturbed.some((round) => round.index === index));
  const enough = kept.length >= Math.min(FEWEST_ROUNDS, rounds.length);
  return { rounds: enough ? kept : rounds, disturbed, dropped: enough ? disturbed.length : 0 };
}

/** One figure of one contestant, round by round, in the unit of the row. */
function series(rounds, row, contestant) {
  const scale = row.scale ?? 1;
  return rounds.map((round) => {
    const own = round[contestant]?.[row.figure];
    if (own === undefined) return undefined;
    if (!row.added) return own * scale;
    const direct = round.direct?.[row.figure];
    return direct === undefined ? undefined : (own - direct) * scale;
  });
}

function graded(target, reached, better) {
  if (reached === undefined) return 'not measured';
  if (!better(reached, target.limit)) return 'missed';
  return target.stretch !== undefined && better(reached, target.stretch) ? 'ok, stretch' : 'ok';
}

function judge(target, ours, ratio, peerRatio) {
  if (target === undefined) return undefined;
  const atMost = (reached, limit) => reached <= limit;
  const atLeast = (reached, limit) => reached >= limit;
  if (target.kind === 'ratio') return graded(target, ratio, atMost);
  if (target.kind === 'peer') return graded(target, peerRatio, atLeast);
  return graded(target, ours, atMost);
}

/** @param {import('./rows.js').Row} row @param {Rounds} rounds @param {readonly string[]} contestants */
export function summariseRow(row, rounds, contestants) {
  const by = Object.fromEntries(contestants.map((name) => [name, series(rounds, row, name)]));
  const ours = by.signalbox ?? [];
  const ratio = row.figure !== 'cpuUs' ? undefined : median(pairedRatios(ours, by.nginx ?? []));
  const peer = row.target?.kind === 'peer' ? median(pairedRatios(by.portkey ?? [], ours)) : undefined;
  const values = Object.fromEntries(contestants.map((name) => [name, spread(by[name])]));
  const verdict = contestants.includes('signalbox')
    ? judge(row.target, values.signalbox?.median, ratio, peer)
    : undefined;
  return { ...row, values, ratio, peer, verdict };
}

/** Void windows, disturbed rounds and places where the rig itself was the limit, in words. */
export function notesOn(window, calm, rounds, contestants) {
  const notes = [];
  for (const { index, why } of calm.disturbed) {
    const fate = calm.dropped > 0 ? 'left out' : 'kept, too few rounds were calm';
    notes.push(`${window.key}, round ${index + 1}: ${why} (${fate}).`);
  }
  for (const name of contestants) {
    for (const [index, round] of rounds.entries()) {
      if (round[name]?.void)
        notes.push(`${window.key}, round ${index + 1}: ${name} is void, ${round[name].void}.`);
    }
  }
  return [...notes, ...harnessNotes(window, calm.rounds, contestants)];
}

/** Where mock and load, and not the contestant, decided a figure. */
function harnessNotes(window, rounds, contestants) {
  if (window.load.mode !== 'closed' || window.load.connections === 1) return [];
  const middle = (name, figure) =>
    median(rounds.map((round) => round[name]?.[figure]).filter((value) => value !== undefined));
  const limit = window.mock?.intervalMs > 0 ? paceNote : capacityNote;
  return contestants.flatMap((name) => {
    const share = Math.round((middle(name, 'harnessShare') ?? 0) * 100);
    const note = limit(name, middle(name, 'perSecond'), middle('direct', 'perSecond'), share);
    return note === undefined ? [] : [`${window.key}: ${note}`];
  });
}

/** A closed loop without a pace has a capacity that the rig can cap. */
function capacityNote(name, reached, capacity, share) {
  if (name === 'direct' || reached === undefined || capacity === undefined) return undefined;
  if (capacity >= reached * CAPACITY) return undefined;
  const part = Math.round((reached / capacity) * 100);
  return `the rig was the limit for ${name} (${part}% of the direct rate, mock and load used ${share}% of a core); its rate is the rig's, its CPU figure stands.`;
}

/** Paced streams come at the mock's own rate: there the rig shows in the times, once its core is full. */
function paceNote(name, reached, pace, share) {
  if (reached === undefined || share < BUSY_RIG) return undefined;
  const part = pace === undefined ? 'an unknown part' : `${Math.round((reached / pace) * 100)}%`;
  return `mock and load used ${share}% of a core with ${name} (${part} of the direct rate); its times include the rig's, its CPU figure stands.`;
}

/** Targets that nothing was measured for: neither met nor missed. @param {readonly { target?: object, verdict?: string, label: string }[]} rows */
export function unmeasured(rows) {
  return rows.filter((row) => row.target !== undefined && (row.verdict ?? 'not measured') === 'not measured');
}

/** 1 when a call failed or a target that was measured is missed; what was not measured is said, not judged. */
export function exitCode(rows, rounds) {
  const isVoid = Object.values(rounds).some((list) => list.some((round) => round.signalbox?.void));
  return isVoid || rows.some((row) => row.verdict === 'missed') ? 1 : 0;
}
