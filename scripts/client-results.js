// What the clients' tests came to: one row per client, one column per case. A test's name begins with its case.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const CASES = [
  'text',
  'stream',
  'usage',
  'tools',
  'parallel',
  'reasoning',
  'structured',
  'images',
  'embeddings',
  'keepalive',
  'abort',
  'dying',
  'errors',
  'models',
  'helpers',
  'sim',
];
const OPEN = '<!-- clients: written by npm run test:clients -- --docs -->';
const CLOSE = '<!-- /clients -->';

/** Gathers the events of a run, which come file by file. Suites are clients, then upstreams. */
export function createTally(progress) {
  const clients = new Map();
  const failures = [];
  const path = [];

  function cellOf(name) {
    const row = clients.get(path[0]) ?? {};
    clients.set(path[0], row);
    row[name] ??= { passed: 0, failed: 0, skipped: 0 };
    return row[name];
  }

  function count({ name, nesting, details, skip }, outcome) {
    if (details.type === 'suite') {
      if (nesting === 0) tell(progress, name, clients.get(name));
      return;
    }
    const failed = outcome === 'failed';
    if (failed) failures.push({ path: [...path.slice(0, nesting), name], why: whyOf(details.error) });
    // What belongs to no client is a file that could not be loaded.
    if (nesting > 0) cellOf(caseOf(name))[skip === undefined ? outcome : 'skipped'] += 1;
  }

  const takers = {
    'test:start': ({ name, nesting }) => {
      path.length = nesting;
      path[nesting] = name;
    },
    'test:pass': (test) => count(test, 'passed'),
    'test:fail': (test) => count(test, 'failed'),
  };

  return {
    take: ({ type, data }) => takers[type]?.(data),
    results: () => ({
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      clients: [...clients].map(([client, cases]) => ({ client, cases })),
      failures,
    }),
  };
}

/** `tools: one call, …` counts for `tools`. */
function caseOf(name) {
  const colon = name.indexOf(':');
  return colon < 0 ? 'other' : name.slice(0, colon);
}

function tell(progress, client, row = {}) {
  const cells = Object.values(row);
  const sum = (field) => cells.reduce((all, cell) => all + cell[field], 0);
  const failed = sum('failed');
  progress(`  ${client}: ${sum('passed')} passed${failed > 0 ? `, ${failed} FAILED` : ''}`);
}

function whyOf(error) {
  const cause = error?.cause ?? error;
  return String(cause?.message ?? cause)
    .split('\n')
    .slice(0, 12)
    .join('\n');
}

function mark(cell) {
  if (cell === undefined) return '–';
  const { passed, failed } = cell;
  return failed > 0 ? `✖ ${passed}/${passed + failed}` : String(passed);
}

function rowsOf({ clients }) {
  const columns = CASES.filter((name) => clients.some(({ cases }) => cases[name] !== undefined));
  const rows = clients.map(({ client, cases }) => [client, ...columns.map((name) => mark(cases[name]))]);
  return [['client', ...columns], ...rows];
}

/** How many tests of a case passed; `✖ 3/4` where some did not. */
export function drawTable(results) {
  const rows = rowsOf(results);
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  const lines = rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '),
  );
  return lines.join('\n');
}

export function describeFailures({ failures, skipped, seconds }) {
  const lines = failures.map(({ path, why }) => `\n✖ ${path.join(' › ')}\n  ${why.replaceAll('\n', '\n  ')}`);
  const left = skipped.map((why) => `SKIPPED: ${why}`);
  return [...lines, '', ...left, `${failures.length} failed, in ${seconds} s.`].join('\n');
}

export function writeDocs(file, results) {
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(OPEN);
  const to = page.indexOf(CLOSE);
  if (from < 0 || to < from) throw new Error(`${file} lacks the markers ${OPEN} … ${CLOSE}`);
  const [head, ...rows] = rowsOf(results);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const left = results.skipped.map((why) => `Left out: ${why}.`);
  const about = `Run on ${results.date} with Node ${results.node.slice(1)}: ${results.failures.length} failed.`;
  const text = [about, ...left, '', ...lines].join('\n');
  writeFileSync(file, `${page.slice(0, from + OPEN.length)}\n${text}\n${page.slice(to)}`);
}
