// Compiles the sources and runs their tests with node's own runner. `npm test -- flow/cache` runs a part.
// In CI, where the shared material lies beside the repository, a test that skips itself is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { forbidden, skippedIn, tell } from './skipped.js';

const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));

function run(command, args) {
  const done = spawnSync(command, args, { stdio: 'inherit' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

function testsIn(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return testsIn(path);
    return name.endsWith('.test.ts') ? [path] : [];
  });
}

const files = ['src', 'test']
  .flatMap(testsIn)
  .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
  .map((path) => join('build', path.replace(/\.ts$/, '.js')));

if (files.length === 0) {
  console.error(`No test matches ${filters.join(', ')}.`);
  process.exit(2);
}

run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
const tap = join('build', 'tests.tap');
const reporters = [
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  '--test-reporter=tap',
  `--test-reporter-destination=${tap}`,
];
run(process.execPath, ['--test', ...reporters, ...options, ...files]);

const skipped = skippedIn(readFileSync(tap, 'utf8'));
console.log(tell(skipped));
if (process.env.CI && existsSync(join('..', 'shared'))) {
  const wrong = forbidden(skipped);
  for (const { name, why } of wrong) console.error(`MUST NOT BE SKIPPED HERE: ${name} (${why})`);
  if (wrong.length > 0) process.exitCode = 1;
}
