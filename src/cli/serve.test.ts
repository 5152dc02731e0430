import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunningServer, StartOptions } from '../server/running.ts';
import { version } from '../server/version.ts';
import { recordTerminal } from './recording-terminal.ts';
import { type Signals, serve } from './serve.ts';

interface Stage {
  readonly signals: Signals & { readonly exits: number[] };
  readonly send: (signal: 'SIGINT' | 'SIGTERM') => void;
  readonly stops: string[];
  readonly asked: StartOptions[];
  readonly start: (options: StartOptions) => Promise<RunningServer>;
  readonly finish: () => void;
}

function stage(changes: Partial<RunningServer> = {}): Stage {
  const listeners = new Map<string, (signal: string) => void>();
  const exits: number[] = [];
  const stops: string[] = [];
  const asked: StartOptions[] = [];
  let finish: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    signals: {
      exits,
      on: (signal, listener) => listeners.set(signal, listener),
      exit: (code) => exits.push(code),
    },
    send: (signal) => listeners.get(signal)?.(signal),
    stops,
    asked,
    finish: () => finish(),
    start: async (options) => {
      asked.push(options);
      return {
        url: 'http://127.0.0.1:8001',
        portWanted: 8001,
        port: 8001,
        startedIn: 64,
        key: { name: 'this machine', shown: 'sb-demo', file: '.signalbox/key' },
        found: [],
        notes: [],
        models: ['fast', 'smart', 'flaky'],
        simulated: ['fast', 'smart', 'flaky'],
        closed,
        stop: async (reason) => {
          stops.push(reason);
        },
        ...changes,
      };
    },
  };
}

async function bannerOf(changes: Partial<RunningServer>, json = false): Promise<string> {
  const { start, signals, finish } = stage(changes);
  const { terminal, out } = recordTerminal();
  finish();
  await serve({ json }, terminal, start, signals);
  return out();
}

test('the banner of a first start: addresses, key, simulated models, two lines to try', async () => {
  assert.equal(
    await bannerOf({}),
    `signalbox ${version} ready in 0.06 s

  OpenAI     http://127.0.0.1:8001/v1
  Anthropic  http://127.0.0.1:8001
  Key        sb-demo (this machine, in .signalbox/key)
  Models     none but the simulated ones
  Demo       fast, smart, flaky  SIMULATED
  Config     built in; a signalbox.yaml here takes its place

Try   signalbox chat "Why is the sky blue?"
      curl http://127.0.0.1:8001/v1/chat/completions -H "authorization: Bearer sb-demo" -H "content-type: application/json" -d '{"model":"fast","messages":[{"role":"user","content":"Hello"}]}'

`,
  );
});

test('what was found and what must be said is in the banner', async () => {
  const text = await bannerOf({
    found: [
      { name: 'ollama', detail: ':11434 (3 models)' },
      { name: 'vllm', detail: ':8000' },
    ],
    models: ['llama', 'fast', 'sim/fast'],
    simulated: ['fast', 'sim/fast'],
    notes: ['PORT 8001 IS IN USE: listening on 8002 instead.'],
  });
  assert.match(text, /Found {6}ollama {2}:11434 \(3 models\)\n {13}vllm {4}:8000\n/);
  assert.match(text, /\n! PORT 8001 IS IN USE: listening on 8002 instead\.\n/);
  assert.match(text, /Models {5}llama\n {2}Demo {7}fast {2}SIMULATED/);
});

test('the lines to try work with a key that may not be shown, in a folder chat does not look into', async () => {
  const text = await bannerOf({
    key: { name: 'team', file: '/var/box/key' },
    url: 'http://127.0.0.1:9',
    configFile: 'a.yaml',
  });
  assert.match(text, /Key {8}team, in \/var\/box\/key\n/);
  assert.match(text, /chat --url http:\/\/127\.0\.0\.1:9 --key "\$\(cat '\/var\/box\/key'\)" "Why/);
  assert.match(text, /-H "authorization: Bearer \$\(cat '\/var\/box\/key'\)"/);
});

test('keys of the config file are not known to the banner; they come from the environment', async () => {
  const text = await bannerOf({ key: { name: 'laptop' }, configFile: 'signalbox.yaml' });
  assert.match(text, /Bearer \$SIGNALBOX_KEY"/);
  assert.match(text, /signalbox chat "Why/);
});

test('a model name cannot break out of the quotes of the line to try', async () => {
  assert.match(await bannerOf({ models: ["it's"] }), /-d '\{"model":"it'\\''s",/);
});

test('without any model there is nothing to try, and that is said', async () => {
  const text = await bannerOf({ models: [], simulated: [], configFile: 'signalbox.yaml' });
  assert.match(text, /Models {5}none yet/);
  assert.match(text, /No model can answer yet/);
  assert.ok(!text.includes('curl'));
});

test('with --json the start is one object on one line', async () => {
  const text = await bannerOf({}, true);
  assert.equal(text.indexOf('\n'), text.length - 1);
  assert.deepEqual(JSON.parse(text), {
    version,
    url: 'http://127.0.0.1:8001',
    port: 8001,
    portWanted: 8001,
    startedIn: 64,
    key: { name: 'this machine', shown: 'sb-demo', file: '.signalbox/key' },
    found: [],
    notes: [],
    models: ['fast', 'smart', 'flaky'],
    simulated: ['fast', 'smart', 'flaky'],
    config: null,
  });
});

test('flags become overrides; what was not said is not there', async () => {
  const { start, signals, finish, asked } = stage();
  finish();
  const { terminal } = recordTerminal({ A: 'b' });
  await serve({ config: 'c.yaml', port: 0, host: '::1' }, terminal, start, signals);
  assert.deepEqual(asked, [{ configPath: 'c.yaml', overrides: { host: '::1', port: 0 }, env: { A: 'b' } }]);
});

test('the first signal drains and ends well, the second one leaves at once', async () => {
  const { start, signals, send, stops, finish } = stage();
  const { terminal } = recordTerminal();
  const served = serve({}, terminal, start, signals);
  await new Promise(setImmediate);
  send('SIGTERM');
  assert.deepEqual([stops, signals.exits], [['SIGTERM'], []]);
  send('SIGINT');
  assert.deepEqual([stops, signals.exits], [['SIGTERM'], [1]]);
  finish();
  assert.equal(await served, 0);
});
