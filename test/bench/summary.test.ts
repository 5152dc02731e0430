import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBench, type Round, type Row, type Target } from './bench-modules.ts';

const { exitCode, keepCalm, notesOn, summariseRow, unmeasured } = await loadBench('summary');
const { markdown } = await loadBench('table');

const NAMES = ['direct', 'nginx', 'signalbox', 'portkey'];
const LOOP = { key: 'a32', load: { mode: 'closed', connections: 32 } };

function row(target?: Target): Row {
  return { window: 'a32', figure: 'cpuUs', label: 'x', unit: 'µs', ...(target ? { target } : {}) };
}

const ROUNDS: Round[] = [
  { direct: { p50: 1 }, nginx: { cpuUs: 10 }, signalbox: { cpuUs: 30 }, portkey: { cpuUs: 600 } },
  { direct: { p50: 1 }, nginx: { cpuUs: 20 }, signalbox: { cpuUs: 80 }, portkey: { cpuUs: 800 } },
  { direct: { p50: 1 }, nginx: { cpuUs: 10 }, signalbox: { cpuUs: 40 }, portkey: { cpuUs: 480 } },
];

const VERDICTS: { says: string; target?: Target; verdict: string | undefined }[] = [
  { says: 'no target, no verdict', verdict: undefined },
  { says: 'a ratio at the limit is met', target: { kind: 'ratio', limit: 4 }, verdict: 'ok' },
  {
    says: 'a ratio within the stretch says so',
    target: { kind: 'ratio', limit: 5, stretch: 4 },
    verdict: 'ok, stretch',
  },
  { says: 'a ratio above the limit is missed', target: { kind: 'ratio', limit: 3.9 }, verdict: 'missed' },
  { says: 'a value is judged by its median', target: { kind: 'value', limit: 40 }, verdict: 'ok' },
  { says: 'a value above its limit is missed', target: { kind: 'value', limit: 39 }, verdict: 'missed' },
  {
    says: 'a peer has to cost at least so many times more',
    target: { kind: 'peer', limit: 12 },
    verdict: 'ok',
  },
  {
    says: 'a peer that costs too little is a target missed',
    target: { kind: 'peer', limit: 13 },
    verdict: 'missed',
  },
];

for (const { says, target, verdict } of VERDICTS) {
  test(says, () => {
    assert.equal(summariseRow(row(target), ROUNDS, NAMES).verdict, verdict);
  });
}

test('the ratio is the median of the ratios, not the ratio of the medians', () => {
  assert.equal(summariseRow(row(), ROUNDS, NAMES).ratio, 4);
});

test('without a control a ratio target is not measured, and without us there is no verdict', () => {
  const ratio: Target = { kind: 'ratio', limit: 4 };
  assert.equal(summariseRow(row(ratio), ROUNDS, ['direct', 'signalbox']).verdict, 'not measured');
  assert.equal(summariseRow(row(ratio), ROUNDS, ['direct', 'nginx']).verdict, undefined);
});

test('an added figure is what is over the direct row of the same round', () => {
  const rounds: Round[] = [
    { direct: { p50: 1 }, signalbox: { p50: 3 } },
    { direct: { p50: 5 }, signalbox: { p50: 6 } },
    { direct: undefined, signalbox: { p50: 9 } },
  ];
  const added = summariseRow({ ...row(), figure: 'p50', added: true }, rounds, ['direct', 'signalbox']);
  assert.deepEqual(added.values['signalbox'], { median: 1.5, iqr: 0.5, n: 2 });
});

const CALM: Round = { direct: { p50: 1, steal: 0 }, nginx: { steal: 0 } };
const STOLEN: Round = { direct: { p50: 1, steal: 0 }, nginx: { steal: 0.5 } };

test('disturbed rounds are left out while enough remain', () => {
  const calm = keepCalm(LOOP, [CALM, CALM, STOLEN, CALM]);
  assert.deepEqual([calm.rounds.length, calm.dropped, calm.disturbed.length], [3, 1, 1]);
});

test('with too few calm rounds all are kept, and the notes say so', () => {
  const rounds = [CALM, STOLEN, STOLEN, CALM];
  const calm = keepCalm(LOOP, rounds);
  assert.deepEqual([calm.rounds.length, calm.dropped, calm.disturbed.length], [4, 0, 2]);
  assert.match(notesOn(LOOP, calm, rounds, NAMES)[0] ?? '', /kept, too few rounds were calm/);
});

test('a drift that spoils a busy loop is nothing to a lone call', () => {
  const rounds: Round[] = [1, 1, 1, 1.1].map((p50) => ({ direct: { p50, steal: 0 } }));
  assert.equal(keepCalm(LOOP, rounds).dropped, 1);
  assert.equal(keepCalm({ key: 'a1', load: { mode: 'closed', connections: 1 } }, rounds).dropped, 0);
});

const CAPACITY: { says: string; window: typeof LOOP & { mock?: { intervalMs: number } }; note: RegExp }[] = [
  {
    says: 'a contestant near the direct rate is limited by the rig',
    window: LOOP,
    note: /limit for nginx \(90% of the direct rate, .* 99% of a core\)/,
  },
  {
    says: 'where the pace sets the rate, a rig whose core is full shows in the times',
    window: { ...LOOP, mock: { intervalMs: 5 } },
    note: /used 99% of a core with nginx \(90% of the direct rate\); its times include the rig's/,
  },
];

for (const { says, window, note } of CAPACITY) {
  test(says, () => {
    const rounds: Round[] = [
      {
        direct: { p50: 1, perSecond: 1000, harnessShare: 0.5 },
        nginx: { perSecond: 900, harnessShare: 0.99 },
        signalbox: { perSecond: 500, harnessShare: 0.89 },
      },
    ];
    const said = notesOn(window, keepCalm(window, rounds), rounds, NAMES);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', note);
  });
}

test('what was not measured is named and fails nothing; what was missed does', () => {
  const control: Target = { kind: 'ratio', limit: 4 };
  const met: Target = { kind: 'value', limit: 40 };
  const names = ['direct', 'signalbox'];
  const rows = [row(control), row(met), row()].map((each) => summariseRow(each, ROUNDS, names));
  assert.deepEqual(
    unmeasured(rows).map(({ target }) => target),
    [control],
  );
  assert.equal(exitCode(rows, { a32: ROUNDS }), 0);
  const missed = summariseRow(row({ kind: 'value', limit: 39 }), ROUNDS, names);
  assert.equal(exitCode([...rows, missed], { a32: ROUNDS }), 1);
  assert.equal(exitCode(rows, { a32: [{ signalbox: { void: '3 failed' } }] }), 1);
  const without = summariseRow(row(met), ROUNDS, ['direct', 'nginx']);
  assert.deepEqual(unmeasured([without]), [without]);
});

test('a void window says why', () => {
  const rounds: Round[] = [{ signalbox: { void: '3 failed' } }];
  const notes = notesOn(LOOP, keepCalm(LOOP, rounds), rounds, NAMES);
  assert.deepEqual(notes, ['a32, round 1: signalbox is void, 3 failed.']);
});

const CELLS: { says: string; costs: number[]; target?: Target; cells: string }[] = [
  {
    says: 'the spread is half of what the middle rounds span',
    costs: [16, 17.5, 18, 18.5, 20],
    cells: '18.0 ±0.5 |  | ',
  },
  { says: 'without a spread there is none to show', costs: [18, 18, 18], cells: '18.0 |  | ' },
  { says: 'a single round has no spread', costs: [17.54], cells: '17.5 |  | ' },
  { says: 'nothing measured is a blank', costs: [], cells: ' |  | ' },
  {
    says: 'a ratio target names the control and its stretch',
    costs: [18],
    target: { kind: 'ratio', limit: 5, stretch: 3.5 },
    cells: '18.0 |  | ≤ 5× nginx (3.5)',
  },
  {
    says: 'a value target has the unit of its row',
    costs: [18],
    target: { kind: 'value', limit: 20 },
    cells: '18.0 |  | ≤ 20 µs',
  },
];

for (const { says, costs, target, cells } of CELLS) {
  test(says, () => {
    const rounds: Round[] = costs.map((cpuUs) => ({ signalbox: { cpuUs } }));
    const [, , line] = markdown([summariseRow(row(target), rounds, ['signalbox'])], ['signalbox']).split(
      '\n',
    );
    assert.ok(line?.startsWith(`| x | µs | ${cells} |`), line);
  });
}

test('the table has a line per row and a column per contestant', () => {
  const ratio = summariseRow(row({ kind: 'ratio', limit: 5 }), ROUNDS, NAMES);
  const peer = summariseRow(row({ kind: 'peer', limit: 10 }), ROUNDS, NAMES);
  assert.deepEqual(markdown([ratio, peer], NAMES).split('\n'), [
    '|  | unit | direct | nginx | signalbox | portkey | × nginx | target (stretch) | verdict |',
    '| --- | --: | --: | --: | --: | --: | --: | --- | --- |',
    '| x | µs |  | 10.0 ±2.5 | 40.0 ±12.5 | 600.0 ±80.0 | 4.00× | ≤ 5× nginx | ok |',
    '| x | µs |  |  |  |  | 12× less | ≥ 10× less | ok |',
  ]);
});
