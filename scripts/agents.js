// Runs coding agents against the gateway: compiles, then `test/agents/main.ts` installs them outside the repository
// and plays its scenarios. `npm run test:agents -- --agent codex --json`; see docs/agents.md.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';

function run(args) {
  const done = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

run([join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
run([join('build', 'test', 'agents', 'main.js'), ...process.argv.slice(2)]);
