// The gateway under test, as it ships: the bundle, with key check, limits, journal, metrics and log line on.

import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { DIALECTS } from '../dialects.js';
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

function upstreamLine(id, { provider, base, models, protocols }, mockPort) {
  const spoken = protocols === undefined ? '' : `, protocols: ${protocols}`;
  const known = (models === undefined ? '' : `, models: ${models}`) + spoken;
  const url = `http://127.0.0.1:${mockPort}${base}`;
  return `  mock-${id}: { provider: ${provider}, url: "${url}", secret: "\${BENCH_UPSTREAM_SECRET}"${known} }`;
}

function configuration(port, mockPort) {
  const entries = Object.entries(DIALECTS);
  return `listen: { host: 127.0.0.1, port: ${port} }
keys:
  - name: bench
    secret: \${BENCH_KEY}
    limits: ["100000000 requests/min", "100000000000 tokens/min"]
upstreams:
${entries.map(([id, { upstream }]) => upstreamLine(id, upstream, mockPort)).join('\n')}
models:
${entries.map(([id, { model }]) => `  ${model}: { targets: [mock-${id}/${model}] }`).join('\n')}
  cached: { targets: [mock-chat/${DIALECTS.chat.model}], cache: { ttl: 1h } }
log: { level: info, format: json }
`;
}

function callFor(kind) {
  const face = DIALECTS[kind.face];
  const call = { model: kind.cached ? 'cached' : DIALECTS[kind.upstream].model, stream: kind.stream };
  return {
    ...call,
    path: face.path(call),
    headers: face.headers(KEY),
    dialect: kind.face,
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
