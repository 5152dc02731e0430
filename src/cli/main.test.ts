// The command as a process: what it prints, where, and with which exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
after(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const done = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    input: '',
    env: { PATH: process.env['PATH'], ...env },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const wrong: readonly (readonly [readonly string[], RegExp, string])[] = [
  [['srve'], /unknown command 'srve'\n\(Did you mean serve\?\)/, 'a command with a slip in it'],
  [
    ['serve', '--prot', '1'],
    /unknown option '--prot'\n\(Did you mean --port\?\)/,
    'an option with a slip in it',
  ],
  [['serve', '--port', '70000'], /A port is a number from 0 to 65535/, 'a port that is none'],
  [['chat', '--face', 'oprah', 'hi'], /A face is openai or anthropic/, 'a face nobody has'],
  [['bench', '--calls', '0'], /whole number from 1 to 100000/, 'a measurement of nothing'],
  [['check', 'a', 'b'], /too many arguments/, 'an argument too many'],
  [['chat'], /There is nothing to ask/, 'a chat without a question'],
  [['chat', 'hi', '--url', 'nowhere'], /"nowhere" is not the URL of a gateway/, 'an address that is none'],
  [
    ['check', 'missing.yaml'],
    /missing\.yaml:1:1 The config file does not exist\./,
    'a config that is not there',
  ],
  [['check'], /There is no signalbox\.yaml here/, 'nothing to check'],
];

for (const [args, message, sentence] of wrong) {
  test(`exit code 2 for ${sentence}`, () => {
    const { code, out, err } = run(args);
    assert.match(err, message);
    assert.equal(out, '');
    assert.equal(code, 2);
  });
}

test('with --json even a wrong command line answers in JSON', () => {
  const { code, out, err } = run(['serve', '--prot', '1', '--json']);
  assert.equal(JSON.parse(out).ok, false);
  assert.match(JSON.parse(out).error, /unknown option '--prot'/);
  assert.equal(err, '');
  assert.equal(code, 2);
});

test('help and version go to the standard output and succeed', () => {
  const help = run(['--help']);
  assert.equal(help.code, 0);
  for (const command of ['serve', 'check', 'chat', 'bench'])
    assert.match(help.out, new RegExp(`^  ${command} `, 'm'));
  assert.match(help.out, /Exit codes: 0 done, 1 failed, 2 wrong command line or configuration\./);
  assert.match(run(['check', '--help']).out, /Exit codes: 0 done/);
  assert.match(run(['--version']).out, /^\d+\.\d+\.\d+\n$/);
});

test('a gateway that is not there: exit code 1, and how to start one', () => {
  const { code, out, err } = run(['chat', 'hi', '--model', 'm', '--url', 'http://127.0.0.1:9']);
  assert.match(err, /Nothing listens at http:\/\/127\.0\.0\.1:9\. Start the gateway: .* serve/);
  assert.equal(out, '');
  assert.equal(code, 1);
});

const goodConfig = `
keys: [{ name: a, secret: "\${KEY}" }]
upstreams: { sim: { provider: sim } }
models: { smart: { targets: [sim/smart, sim/fast] } }
`;

test('check: a good file in short', () => {
  writeFileSync(join(folder, 'good.yaml'), goodConfig);
  const env = { KEY: 'a-long-enough-secret' };
  const { code, out, err } = run(['check', 'good.yaml'], env);
  assert.equal(
    out,
    'ok good.yaml\n  upstreams  sim\n  models     smart → sim/smart, sim/fast\n  keys       1\n',
  );
  assert.equal(err, '');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(run(['check', 'good.yaml', '--json'], env).out), {
    ok: true,
    file: 'good.yaml',
    warnings: [],
    upstreams: ['sim'],
    models: { smart: ['sim/smart', 'sim/fast'] },
    keys: 1,
  });
});

test('check: the file may come from the environment', () => {
  writeFileSync(join(folder, 'good.yaml'), goodConfig);
  assert.equal(run(['check'], { KEY: 'a-long-enough-secret', SIGNALBOX_CONFIG: 'good.yaml' }).code, 0);
});

test('check: every problem of a bad file at its place, one per line', () => {
  writeFileSync(join(folder, 'bad.yaml'), 'upstreams:\n  a: { provider: olama }\nmodls: {}\nattempts: 0\n');
  const { code, out, err } = run(['check', 'bad.yaml']);
  assert.deepEqual(err.split('\n'), [
    'bad.yaml:2:18 There is no provider "olama". Did you mean "ollama"?',
    'bad.yaml:3:1 Unknown key "modls". Did you mean "models"?',
    'bad.yaml:4:11 "attempts" must be at least 1, not 0.',
    '',
  ]);
  assert.equal(out, '');
  assert.equal(code, 2);
  const { problems } = JSON.parse(run(['check', 'bad.yaml', '--json']).out);
  assert.deepEqual(problems[1], {
    file: 'bad.yaml',
    line: 3,
    column: 1,
    path: 'modls',
    message: 'Unknown key "modls".',
    hint: 'Did you mean "models"?',
  });
});

test('check --schema prints the committed schema', () => {
  const committed = readFileSync('docs/signalbox.schema.json', 'utf8');
  assert.equal(run(['check', '--schema']).out, committed);
});

test('colour is for terminals only', () => {
  const { err } = run(['chat', 'hi', '--model', 'm', '--url', 'http://127.0.0.1:9']);
  assert.ok(!err.includes('\x1b'));
});
