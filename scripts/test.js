// Compiles the sources and runs their tests with node's own runner. `npm test -- flow/cache` runs a part.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

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
run(process.execPath, ['--test', '--test-reporter=spec', ...options, ...files]);
