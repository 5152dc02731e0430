// The tables of README.md and docs/benchmark.md, written from one whole run: bench/results/latest.json.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { machineLine } from './machine.js';
import { keepCalm, unmeasured } from './summary.js';
import { markdown } from './table.js';
import { WINDOWS } from './windows.js';

const ROOT = new URL('../', import.meta.url);
const BEGIN = '<!-- figures: written by `npm run bench -- --readme` -->';
const END = '<!-- end of figures -->';

/** What README.md shows, whether it flatters or not; docs/benchmark.md has every row. */
const SHOWN = [
  ['a32', 'cpuUs'],
  ['a8', 'cpuUs'],
  ['a300', 'p50'],
  ['a300', 'p99'],
  ['b5', 'cpuUs'],
  ['b0', 'cpuUs'],
  ['c1m', 'cpuUs'],
  ['cmix', 'p99'],
  ['d', 'cpuUs'],
  ['ej', 'cpuUs'],
  ['f', 'kbPerStream'],
  ['f', 'lost'],
  ['f', 'regrowth'],
  ['s', 'startMs'],
  ['s', 'idleMb'],
];

/** Every translation counts as one of case d, however many there will be. */
function isShown(row) {
  const window = row.window.startsWith('d') ? 'd' : row.window;
  return SHOWN.some(([key, figure]) => key === window && figure === row.figure);
}

/** How often it was measured and what became of rounds in which the machine was disturbed. */
function roundsLine(outcome) {
  const sums = { all: 0, again: 0, leftOut: 0, kept: 0 };
  for (const window of WINDOWS.filter(({ key }) => outcome.raw[key] !== undefined)) {
    const rounds = outcome.raw[window.key];
    const { disturbed, dropped } = keepCalm(window, rounds);
    sums.all += rounds.length;
    sums.again += rounds.length - outcome.rounds;
    sums.leftOut += dropped;
    sums.kept += disturbed.length - dropped;
  }
  return (
    `${outcome.rounds} rounds, ${sums.all} windows for each contestant: ${sums.leftOut} were disturbed and left out, ` +
    `${sums.kept} were disturbed and kept for want of calm ones, ${sums.again} were added to make up for disturbed ones.`
  );
}

function verdictLine(rows) {
  const targets = rows.filter((row) => row.target !== undefined);
  const missed = targets.filter((row) => row.verdict === 'missed').length;
  const unknown = unmeasured(rows).length;
  return `Of ${targets.length} targets ${targets.length - missed - unknown} were met, ${missed} missed, ${unknown} not measured.`;
}

function block(outcome, rows, names) {
  const head = `Run of ${outcome.date} (UTC): ${machineLine(outcome.machine)}. ${roundsLine(outcome)} ${verdictLine(outcome.rows)}`;
  return `${BEGIN}\n\n${head}\n\n${markdown(rows, names)}\n\n${END}`;
}

/** @param {object} outcome what a run leaves in latest.json */
export function figuresFor(outcome) {
  const names = outcome.contestants.filter((name) => name !== 'direct');
  const rows = outcome.rows.filter(
    (row) => isShown(row) && (row.target?.kind !== 'peer' || row.verdict === 'missed'),
  );
  return {
    'README.md': block(outcome, rows, names),
    'docs/benchmark.md': block(outcome, outcome.rows, outcome.contestants),
  };
}

/** @param {string} text of a page @param {string} figures with their markers */
export function replaceFigures(text, figures) {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The page has no place for figures: ${BEGIN} … ${END}`);
  return text.slice(0, begin) + figures + text.slice(end + END.length);
}

export function writeFigures() {
  const outcome = JSON.parse(readFileSync(new URL('bench/results/latest.json', ROOT), 'utf8'));
  return Object.entries(figuresFor(outcome)).map(([page, figures]) => {
    const path = fileURLToPath(new URL(page, ROOT));
    writeFileSync(path, replaceFigures(readFileSync(path, 'utf8'), figures));
    return path;
  });
}
