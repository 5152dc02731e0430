// Vendors' and frameworks' own clients against the gateway, over real sockets: `npm run test:clients`.
// They are installed into a folder outside the repository (SIGNALBOX_CLIENTS_CACHE, else the system's temporary one),
// and the tests are copied beside them, so that these see the pinned packages and no others.
// Arguments choose test files by a part of their name. `--json` writes the results as JSON, `--docs` into docs/clients.md.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTally, describeFailures, drawTable, writeDocs } from './client-results.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'test', 'clients');
const PINS = ['package.json', 'package-lock.json', '.npmrc', 'python/new.txt', 'python/old.txt'];
const asked = process.argv.slice(2);
const filters = asked.filter((argument) => !argument.startsWith('-'));
const progress = (line) => process.stderr.write(`${line}\n`);

const folder = process.env.SIGNALBOX_CLIENTS_CACHE ?? join(tmpdir(), `signalbox-clients-${pinned()}`);
mkdirSync(folder, { recursive: true });
compile();
install();
const skipped = installPython();
copyTests();
process.exitCode = (await play()) ? 0 : 1;

/** Changed pins are another folder: nothing old is found there. */
function pinned() {
  const hash = createHash('sha256');
  for (const name of PINS) hash.update(readFileSync(join(source, name)));
  return hash.digest('hex').slice(0, 12);
}

function must(command, args, options) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (done.status === 0) return;
  progress(`${command} ${args.join(' ')} failed.\n${done.stdout ?? ''}${done.stderr ?? ''}`);
  process.exit(1);
}

function compile() {
  progress('Compiling …');
  must(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], {
    cwd: root,
  });
}

/** Once per set of pins; the mark is written when all went well. */
function once(name, make) {
  const mark = join(folder, `.${name}-${pinned()}`);
  if (existsSync(mark)) return true;
  if (!make()) return false;
  writeFileSync(mark, '');
  return true;
}

function install() {
  for (const name of PINS) cpSync(join(source, name), join(folder, name));
  once('npm', () => {
    progress(`Installing the JavaScript clients into ${folder} …`);
    must('npm', ['ci', '--ignore-scripts', '--no-audit', '--loglevel=error'], { cwd: folder });
    return true;
  });
}

/** Python need not be there; what is left out because of that is said aloud. */
function installPython() {
  const left = [];
  for (const age of ['new', 'old']) {
    const venv = join(folder, `python-${age}`);
    const made = once(venv.slice(folder.length + 1), () => {
      progress(`Installing Python clients (${age}) …`);
      rmSync(venv, { recursive: true, force: true });
      const steps = [
        ['python3', ['-m', 'venv', venv]],
        [join(venv, 'bin', 'pip'), ['install', '-q', '-r', join(folder, 'python', `${age}.txt`)]],
      ];
      return steps.every(([command, args]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0);
    });
    if (!made)
      left.push(`python-${age}: python3 with venv, or the packages of python/${age}.txt, are missing`);
  }
  for (const why of left) progress(`SKIPPED: ${why}`);
  return left;
}

function copyTests() {
  for (const name of readdirSync(source)) {
    if (PINS.includes(name)) continue;
    cpSync(join(source, name), join(folder, name), { recursive: true });
  }
}

/** Which test files there are here, not which the folder has kept from an earlier state. */
function testFiles() {
  return readdirSync(source)
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => filters.length === 0 || filters.some((part) => name.includes(part)))
    .map((name) => join(folder, name));
}

async function play() {
  process.env.SIGNALBOX_BUILD = join(root, 'build');
  process.chdir(folder);
  const began = performance.now();
  const tally = createTally(progress);
  // Much of it is waiting for deadlines and retries: more files at once than cores.
  for await (const event of run({ files: testFiles(), concurrency: 4, timeout: 120_000 })) tally.take(event);
  const results = { ...tally.results(), skipped, seconds: Math.round((performance.now() - began) / 1000) };
  if (asked.includes('--json')) console.log(JSON.stringify(results, null, 2));
  else console.log(drawTable(results));
  if (asked.includes('--docs')) writeDocs(join(root, 'docs', 'clients.md'), results);
  progress(describeFailures(results));
  return results.failures.length === 0 && results.clients.length > 0;
}
