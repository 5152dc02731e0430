// Installs an agent at its pinned version into a folder of its own, once. Only this step uses the network.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { Agent } from './agent.ts';

/** The agent's executable, or an error that says why there is none. */
export async function install(agent: Agent, cache: string): Promise<string> {
  const folder = join(cache, `${agent.id}-${agent.version}`);
  const command = join(folder, 'node_modules', '.bin', agent.command);
  const done = join(folder, 'installed');
  if (existsSync(done)) return command;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  // Older and newer agents want newer Nodes than ours, but bring their own runtime.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  await run('npm', ['install', ...flags, `${agent.package}@${agent.version}`], folder);
  if (agent.installScript !== undefined) {
    const script = join(folder, 'node_modules', agent.installScript);
    await run(process.execPath, [script], dirname(script));
  }
  await run(command, ['--version'], folder);
  writeFileSync(done, '');
  return command;
}

const LONGEST_INSTALL = 300_000;

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_INSTALL,
      env: { ...process.env, HOME: cwd },
    });
    let text = '';
    const take = (piece: Buffer): void => {
      text += piece;
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new Error(`${command} ${args[0]} ended with ${code ?? signal}: ${text.trim().slice(-600)}`));
    });
  });
}
