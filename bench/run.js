// `npm run bench`: the gateway beside nginx and a peer, in interleaved rounds on this machine. See docs/benchmark.md.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { launchDirect } from './contestants/direct.js';
import { launchNginx } from './contestants/nginx.js';
import { launchPortkey } from './contestants/portkey.js';
import { buildBundle, launchSignalbox } from './contestants/signalbox.js';
import { describeMachine, machineLine } from './machine.js';
import { holdMany } from './many.js';
import { measure, measureCalmly } from './measure.js';
import { HELP, parseOptions, UsageError } from './options.js';
import { writeFigures } from './readme.js';
import { Mock } from './rig.js';
import { ROWS } from './rows.js';
import { startOnce } from './startup.js';
import { shuffle } from './stats.js';
import { exitCode, keepCalm, notesOn, summariseRow, unmeasured } from './summary.js';
import { markdown } from './table.js';
import { retimed, WINDOWS } from './windows.js';

const LAUNCHERS = {
  direct: launchDirect,
  nginx: launchNginx,
  signalbox: launchSignalbox,
  portkey: launchPortkey,
};
const RESULTS = fileURLToPath(new URL('./results', import.meta.url));
const QUICK = { warmMs: 200, measureMs: 600 };
// Compilers of a running process settle after some ten thousand calls; nginx and the direct row have none.
const WARM_UP = { warmMs: 1200, measureMs: 100 };
// Held streams and starts are costly and steady: they are not repeated every round.
const STARTS = 3;
// Rounds added for windows of which some were disturbed.
const REPEATS = 2;

function progress(text) {
  process.stderr.write(`${text}\n`);
}

/** Everything that can be launched, with the reasons for what cannot. The gateway under test must start. */
async function launchAll(names, rig) {
  const contestants = [];
  const notes = [];
  for (const name of names) {
    progress(`Starting ${name}.`);
    try {
      contestants.push(await LAUNCHERS[name](rig));
    } catch (error) {
      if (name === 'signalbox' || name === 'direct') throw error;
      notes.push(`SKIPPED: ${name}. ${error.message}`);
      progress(`SKIPPED: ${name}. ${error.message}`);
    }
  }
  return { contestants, notes };
}

async function warmUp(windows, contestants, mock) {
  for (const contestant of contestants.filter(({ name }) => name !== 'direct' && name !== 'nginx')) {
    progress(`Warming up ${contestant.name}.`);
    for (const window of windows) {
      await measure(retimed(window, WARM_UP.warmMs, WARM_UP.measureMs), contestant, mock);
    }
  }
}

async function runRounds(windows, contestants, mock, options) {
  const rounds = Object.fromEntries(windows.map((window) => [window.key, []]));
  const runRound = async (round, chosen, what) => {
    const order = shuffle(contestants, options.seed * 7919 + round);
    progress(`${what}: ${order.map(({ name }) => name).join(', ')}.`);
    for (const window of chosen) {
      const figures = {};
      for (const contestant of order)
        figures[contestant.name] = await measureCalmly(window, contestant, mock);
      rounds[window.key].push(figures);
    }
  };
  for (let round = 0; round < options.rounds; round++) {
    await runRound(round, windows, `Round ${round + 1} of ${options.rounds}`);
  }
  for (let again = 0; again < (options.quick ? 0 : REPEATS); again++) {
    const short = windows.filter((window) => calmIn(window, rounds[window.key]) < options.rounds);
    if (short.length === 0) break;
    const keys = short.map(({ key }) => key).join(' ');
    await runRound(options.rounds + again, short, `Once more what was disturbed (${keys})`);
  }
  return rounds;
}

function calmIn(window, rounds) {
  return rounds.length - keepCalm(window, rounds).disturbed.length;
}

/** Cases f and s start gateways of their own, so the ones of the rounds are gone by then. */
async function runFresh(rig, names, options) {
  const rounds = {};
  const able = names.filter((name) => name !== 'direct');
  if (options.cases.includes('f')) {
    const figures = {};
    for (const name of able.filter((each) => each !== 'portkey')) {
      progress(`Holding slow streams through ${name}.`);
      figures[name] = await holdMany(() => LAUNCHERS[name](rig), rig.mock, options.quick);
    }
    rounds.f = [figures];
  }
  if (options.cases.includes('s')) {
    rounds.s = [];
    for (let time = 0; time < STARTS; time++) {
      const figures = {};
      for (const name of able) figures[name] = await startOnce(() => LAUNCHERS[name](rig));
      rounds.s.push(figures);
    }
  }
  return rounds;
}

function summarise(windows, rounds, names) {
  const notes = [];
  const rows = [];
  const known = [...windows, { key: 'f', load: {} }, { key: 's', load: {} }];
  for (const window of known.filter(({ key }) => rounds[key] !== undefined)) {
    const calm = keepCalm(window, rounds[window.key]);
    notes.push(...notesOn(window, calm, rounds[window.key], names));
    for (const row of ROWS.filter((each) => each.window === window.key)) {
      rows.push(summariseRow(row, calm.rounds, names));
    }
  }
  return { rows, notes };
}

async function bench(options) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  if (options.contestants.includes('signalbox')) buildBundle(folder);
  const windows = WINDOWS.filter((window) => options.cases.includes(window.case)).map((window) =>
    options.quick ? retimed(window, QUICK.warmMs, QUICK.measureMs) : window,
  );
  const rig = { mock: await Mock.launch(), folder, nodeFlags: options.nodeFlags };
  let running = [];
  try {
    const { contestants, notes } = await launchAll(options.contestants, rig);
    running = contestants;
    const names = contestants.map(({ name }) => name);
    await warmUp(windows, contestants, rig.mock);
    const rounds = await runRounds(windows, contestants, rig.mock, options);
    await stopAll(running);
    running = [];
    Object.assign(rounds, await runFresh(rig, names, options));
    const summary = summarise(windows, rounds, names);
    return { names, rows: summary.rows, notes: [...notes, ...summary.notes], rounds };
  } finally {
    await stopAll(running);
    await rig.mock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function stopAll(contestants) {
  for (const contestant of contestants) await contestant.stop();
}

/** Only a whole run is the latest result; the rest stays out of the repository. */
function keep(options, outcome) {
  const whole = !options.quick && options.cases.length === 7 && options.contestants.includes('signalbox');
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, whole ? 'latest.json' : 'partial.tmp.json');
  writeFileSync(path, `${JSON.stringify(outcome, null, 1)}\n`);
  return path;
}

function print(options, outcome) {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return;
  }
  const notes = outcome.notes.map((note) => `- ${note}`).join('\n');
  const head = `${outcome.date}, ${outcome.rounds} rounds, median ±half the interquartile range.\n${machineLine(outcome.machine)}`;
  process.stdout.write(
    `${head}\n\n${markdown(outcome.rows, outcome.contestants)}\n${notes && `\n${notes}\n`}`,
  );
}

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.readme) {
    for (const path of writeFigures()) progress(`Written to ${path}.`);
    return 0;
  }
  const { names, rows, notes, rounds } = await bench(options);
  const about = { date: new Date().toISOString().slice(0, 16), machine: describeMachine() };
  const outcome = { ...about, rounds: options.rounds, contestants: names, rows, notes };
  const path = keep(options, { ...outcome, raw: rounds });
  print(options, outcome);
  progress(`Written to ${path}.`);
  const unknown = unmeasured(rows);
  if (unknown.length > 0) {
    const targets = rows.filter((row) => row.target !== undefined).length;
    progress(`\nNOT MEASURED: ${unknown.length} of ${targets} targets, neither met nor missed:`);
    for (const row of unknown) progress(`- ${row.label}`);
  }
  return exitCode(rows, rounds);
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(usage ? `${error.message}\n\n${HELP}` : `The bench failed. ${error.stack}\n`);
  process.exitCode = usage ? 2 : 1;
}
