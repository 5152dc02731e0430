// Starts the real server from a YAML text: in this process, or as a process of its own when a test needs
// signals, a crash or a clean count of resources.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startServer } from '../../src/server/start.ts';
import { type JsonValue, parse } from './json-value.ts';
import { type RawReply, type RequestOptions, send } from './raw-client.ts';

/** The key of every test config that does not bring keys of its own. */
export const KEY = 'sk-signalbox-test-0123456789abcdef';

export interface Gateway {
  readonly url: string;
  readonly key: string;
  /** The config file; writing it is how a test changes the config. */
  readonly configFile: string;
  stop(): Promise<void>;
  /** One call with the key, on a connection of its own. */
  ask(path: string, body: JsonValue, headers?: RequestOptions['headers']): Promise<RawReply>;
  /** Samples by name with labels, as `/metrics` writes them. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Waits until no call is in the house and no upstream is at work; throws when that never comes. */
  quiet(): Promise<void>;
  /** The receipts written so far. */
  receipts(): readonly JsonValue[];
}

export interface GatewayProcess extends Gateway {
  readonly child: ChildProcess;
  /** What it wrote to its standard error output so far. */
  readonly log: () => string;
  /** Until its log has a line with this text in it, written after `from` characters. */
  logged(text: string, from?: number): Promise<void>;
  readonly exited: Promise<number | null>;
}

const UNIVERSAL = `
log: { level: silent }
`;
/** The tests around may keep the event loop as busy as they like. */
const PATIENT = `
overload: { lag: 1m }
`;
const KEYS = `
keys:
  - { name: test, secret: ${KEY}, metrics: true }
`;

/** In this process. The log is silent unless the text says otherwise. */
export async function startGateway(yaml: string): Promise<Gateway> {
  const home = createHome(yaml);
  try {
    const running = await startServer({
      configPath: home.configFile,
      overrides: { port: 0, state: join(home.folder, 'state') },
      env: {},
    });
    return gatewayAt(running.url, home, () => running.stop('the test is over'));
  } catch (error) {
    home.remove();
    throw error;
  }
}

/** As `signalbox serve` from the compiled sources beside this file; `engine` and `env` are for node itself. */
export async function spawnGateway(
  yaml: string,
  engine: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const home = createHome(yaml);
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const flags = ['--config', home.configFile, '--port', '0', '--state', join(home.folder, 'state'), '--json'];
  const child = spawn(process.execPath, [...engine, main, 'serve', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let log = '';
  const listeners = new Set<() => void>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    for (const listener of listeners) listener();
  });
  const logged = (text: string, from = 0): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!log.slice(from).includes(text)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await firstLine(child, () => log);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  return { ...gatewayAt(parse(line).url, home, stop), child, exited, logged, log: () => log };
}

function firstLine(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const newline = text.indexOf('\n');
      if (newline >= 0) resolve(text.slice(0, newline));
    });
    child.once('exit', (code) => reject(new Error(`The gateway ended with ${code}.\n${text}${log()}`)));
  });
}

interface Home {
  readonly folder: string;
  readonly configFile: string;
  remove(): void;
}

function createHome(yaml: string): Home {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
  const configFile = join(folder, 'signalbox.yaml');
  writeFileSync(configFile, configText(yaml));
  return { folder, configFile, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The text with what every test wants, where it says nothing itself. */
export function configText(yaml: string): string {
  const log = /^log:/m.test(yaml) ? '' : UNIVERSAL;
  const overload = /^overload:/m.test(yaml) ? '' : PATIENT;
  return `${log}${overload}${/^keys:/m.test(yaml) ? '' : KEYS}${yaml}`;
}

function gatewayAt(url: string, home: Home, stop: () => Promise<void>): Gateway {
  const authorized = { authorization: `Bearer ${KEY}` };
  const metrics = async (): Promise<ReadonlyMap<string, number>> => {
    const reply = await send(url, '/metrics', { method: 'GET', headers: authorized });
    if (reply.status !== 200) throw new Error(`GET /metrics: ${reply.status} ${reply.text}`);
    return samplesOf(reply.text);
  };
  return {
    url,
    key: KEY,
    configFile: home.configFile,
    metrics,
    ask: (path, body, headers = {}) => send(url, path, { body, headers: { ...authorized, ...headers } }),
    quiet: () => untilQuiet(metrics),
    receipts: () => readReceipts(join(home.folder, 'state', 'journal', 'receipts.ndjson')),
    async stop() {
      await stop();
      home.remove();
    },
  };
}

function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const space = line.lastIndexOf(' ');
    samples.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return samples;
}

/** Counters fall a few turns of the event loop after the caller has its last byte; each look is such a turn. */
const LOOKS = 500;

async function untilQuiet(metrics: () => Promise<ReadonlyMap<string, number>>): Promise<void> {
  let busy: readonly (readonly [string, number])[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    busy = [...(await metrics())].filter(([name, value]) => /inflight/.test(name) && value !== 0);
    if (busy.length === 0) return;
  }
  throw new Error(`The gateway does not come to rest: ${JSON.stringify(busy)}`);
}

function readReceipts(file: string): readonly JsonValue[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(parse);
}
