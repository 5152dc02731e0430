// The gateway under test, as it ships: the bundle, with key check, limits, journal, metrics and log line on.

import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { answers } from '../probe.js';
import { freePort, start, stop, untilReady } from '../process-tools.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEY = 'sb-bench-0123456789abcdefghijklmnopqrstuvwxyzABCDEF';

/** Builds the bundle and sets a copy aside: a rebuild during the run changes nothing. @param {string} folder */
export function buildBundle(folder) {
  const done = spawnSync(process.execPath, [join(ROOT, 'scripts/bundle.js')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (done.status !== 0) {
    throw new Error(`The bundle was not built: ${(done.stderr || done.stdout || '').trim().slice(-500)}`);
  }
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
}

function configuration(port, mockPort) {
  return `listen: { host: 127.0.0.1, port: ${port} }
keys:
  - name: bench
    secret: \${BENCH_KEY}
    limits: ["100000000 requests/min", "100000000000 tokens/min"]
upstreams:
  mock:
    provider: openai-compatible
    url: http://127.0.0.1:${mockPort}/v1
    secret: \${BENCH_UPSTREAM_SECRET}
    models:
      gpt-4o-mini: { context_window: 2000000, price: { input: 0.15, output: 0.6 } }
  mockanthropic:
    provider: anthropic
    url: http://127.0.0.1:${mockPort}
    secret: \${BENCH_UPSTREAM_SECRET}
models:
  gpt-4o-mini: { targets: [mock/gpt-4o-mini] }
  claude-mock: { targets: [mockanthropic/claude-mock] }
  cached: { targets: [mock/gpt-4o-mini], cache: { ttl: 1h } }
log: { level: info, format: json }
`;
}

function callFor(kind) {
  const messages = kind.face === 'messages';
  const direct = kind.upstream === 'messages' ? 'claude-mock' : 'gpt-4o-mini';
  return {
    path: messages ? '/v1/messages' : '/v1/chat/completions',
    headers: messages
      ? { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' }
      : { authorization: `Bearer ${KEY}` },
    dialect: kind.face,
    model: kind.cached ? 'cached' : direct,
    stream: kind.stream,
    promptBytes: kind.promptBytes,
  };
}

function spawnGateway(rig, folder, port) {
  const log = openSync(join(folder, 'signalbox.log'), 'a');
  const command = [
    process.execPath,
    ...rig.nodeFlags,
    join(rig.folder, 'dist/signalbox.js'),
    'serve',
    '--config',
    join(folder, 'signalbox.yaml'),
  ];
  const options = ['--state', join(folder, 'state'), '--port', String(port), '--json'];
  const child = start('gateway', [...command, ...options], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      BENCH_KEY: KEY,
      BENCH_UPSTREAM_SECRET: 'bench-upstream-secret',
      NODE_ENV: 'production',
    },
  });
  closeSync(log);
  return child;
}

/** @param {{ mock: import('../rig.js').Mock, folder: string, nodeFlags: readonly string[] }} rig */
export async function launchSignalbox(rig) {
  const folder = join(rig.folder, `signalbox-${performance.now().toFixed(0)}`);
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  writeFileSync(join(folder, 'signalbox.yaml'), configuration(port, rig.mock.port));
  const began = performance.now();
  const child = spawnGateway(rig, folder, port);
  const logFile = join(folder, 'signalbox.log');
  const ready = () => readFileSync(logFile, 'utf8').includes('"url"');
  const address = { host: '127.0.0.1', port };
  const probe = callFor({ face: 'chat', upstream: 'chat', stream: false, promptBytes: 60 });
  await untilReady(child, async () => ready() && (await answers(address, probe)), logFile);
  const startMs = performance.now() - began;
  return {
    name: 'signalbox',
    pid: child.pid,
    startMs,
    address,
    hosts: ['127.0.0.1'],
    callFor,
    stop: () => stop(child),
  };
}
