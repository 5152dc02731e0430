// A peer on the same runtime: Portkey's open gateway, installed into a folder outside the repository.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DIALECTS } from '../dialects.js';
import { answers } from '../probe.js';
import { freePort, start, stop, untilReady } from '../process-tools.js';

const VERSION = '1.15.2';
// With later versions of its server adapter this release answers every stream with 500 ("immutable" headers).
const PACKAGE = {
  private: true,
  dependencies: { '@portkey-ai/gateway': VERSION },
  overrides: { '@hono/node-server': '1.13.8', hono: '4.9.7' },
};

function install() {
  const folder = join(tmpdir(), `signalbox-bench-portkey-${VERSION}`);
  const program = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(PACKAGE));
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
  const done = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8', timeout: 180000 });
  if (done.status !== 0 || !existsSync(program)) {
    throw new Error(`Portkey ${VERSION} could not be installed: ${(done.stderr ?? '').trim().slice(-300)}`);
  }
  return program;
}

function callsTo(mockPort) {
  const host = `http://127.0.0.1:${mockPort}/v1`;
  return (kind) => {
    const { portkey: provider, model } = DIALECTS[kind.upstream];
    // It has no other face we could measure, and its published build has no cache.
    if (kind.cached || kind.face !== 'chat' || provider === undefined) return undefined;
    return {
      path: '/v1/chat/completions',
      headers: {
        authorization: 'Bearer bench-upstream-secret',
        'x-portkey-provider': provider,
        'x-portkey-custom-host': host,
      },
      dialect: 'chat',
      model,
      stream: kind.stream,
      promptBytes: kind.promptBytes,
    };
  };
}

/** @param {{ mock: import('../rig.js').Mock }} rig */
export async function launchPortkey(rig) {
  const program = install();
  const port = await freePort();
  const began = performance.now();
  const child = start('gateway', [process.execPath, program, '--headless', `--port=${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const address = { host: '127.0.0.1', port };
  const callFor = callsTo(rig.mock.port);
  const probe = callFor({ face: 'chat', upstream: 'chat', stream: false, promptBytes: 60 });
  await untilReady(child, () => answers(address, probe));
  const startMs = performance.now() - began;
  return {
    name: 'portkey',
    pid: child.pid,
    startMs,
    address,
    hosts: ['127.0.0.1'],
    callFor,
    stop: () => stop(child),
  };
}
