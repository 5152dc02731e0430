// The front door: TLS, web pages of other origins, busy ports, the pages of the house, and who may come in.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../src/config/config-error.ts';
import type { RunningServer } from '../../src/server/running.ts';
import { startServer } from '../../src/server/start.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const folders: string[] = [];
const running: (Gateway | { stop(): Promise<void> })[] = [];
after(async () => {
  for (const one of running) await one.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-door-'));
  folders.push(path);
  return path;
}

async function started(yaml: string): Promise<Gateway> {
  const gateway = await startGateway(yaml);
  running.push(gateway);
  return gateway;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

function ask(url: string, options: https.RequestOptions = {}, body?: string): Promise<Answer> {
  const client = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(url, { agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const sim =
  'upstreams: { sim: { provider: sim, options: { models: { fast: { ttft_ms: 0, tokens_per_second: 0 } } } } }\n';
const hello = JSON.stringify({
  model: 'sim/fast',
  max_tokens: 5,
  messages: [{ role: 'user', content: 'Hello' }],
});

describe('over TLS', () => {
  it('calls are answered, and who does not trust the certificate gets nothing', async (t) => {
    const path = folder();
    const made = spawnSync('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ],
      ...['-keyout', join(path, 'key.pem'), '-out', join(path, 'cert.pem')],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ]);
    if (made.status !== 0) {
      t.skip('openssl is missing: TLS was NOT tested');
      return;
    }
    chmodSync(join(path, 'key.pem'), 0o600);
    const tls = `listen: { tls: { cert: ${join(path, 'cert.pem')}, key: ${join(path, 'key.pem')} } }\n`;
    const { url, key } = await started(tls + sim);
    assert.match(url, /^https:/);
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const options = { method: 'POST', headers, ca: readFileSync(join(path, 'cert.pem')) };
    const answer = await ask(`${url}/v1/chat/completions`, options, hello);
    assert.equal(answer.status, 200);
    assert.match(answer.text, /simulated/);
    await assert.rejects(ask(`${url}/livez`), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });
});

describe('web pages of other origins', () => {
  it('may call when the config names them, and only then', async () => {
    const { url, key } = await started(`listen: { cors: { origins: ["https://app.example"] } }\n${sim}`);
    const preflight = await ask(`${url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type',
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example');
    assert.equal(preflight.headers['access-control-allow-headers'], 'authorization, content-type');
    const headers = { authorization: `Bearer ${key}`, origin: 'https://app.example' };
    const answer = await ask(`${url}/v1/chat/completions`, { method: 'POST', headers }, hello);
    assert.equal(answer.headers['access-control-allow-origin'], 'https://app.example');
    assert.match(answer.headers['access-control-expose-headers'] ?? '', /x-signalbox-upstream/);
    const refused = await ask(
      `${url}/v1/chat/completions`,
      { method: 'POST', headers: { origin: 'https://app.example' } },
      hello,
    );
    assert.equal(refused.status, 401);
    assert.equal(
      refused.headers['access-control-allow-origin'],
      'https://app.example',
      'errors can be read, too',
    );
    const other = await ask(`${url}/livez`, { headers: { origin: 'https://evil.example' } });
    assert.equal(other.headers['access-control-allow-origin'], undefined);
  });
});

describe('the pages of the house', () => {
  it('say what is there, and what is not', async () => {
    const { url, key } = await started(sim);
    assert.equal((await ask(`${url}/`)).status, 200);
    assert.equal((await ask(`${url}/livez`)).text, 'ok\n');
    assert.equal((await ask(`${url}/readyz`)).text, 'ok\n');
    assert.equal((await ask(`${url}/livez`, { method: 'HEAD' })).text, '');
    assert.equal((await ask(`${url}/metrics`)).status, 401);
    assert.equal((await ask(`${url}/v1/models`)).status, 401);
    const headers = { authorization: `Bearer ${key}` };
    assert.match((await ask(`${url}/metrics`, { headers })).text, /signalbox_inflight_calls 0/);
    const one = await ask(`${url}/v1/models/${encodeURIComponent('sim/fast')}`, { headers });
    assert.equal((JSON.parse(one.text) as { id: string }).id, 'sim/fast');
    const wrong = await ask(`${url}/v1/chat/completions`, { headers });
    assert.equal(wrong.status, 405);
    assert.match(wrong.text, /It takes POST/);
    const near = await ask(`${url}/chat/completions`, { method: 'POST', headers }, hello);
    assert.equal(near.status, 404);
    assert.match(near.text, /Did you mean \/v1\/chat\/completions\?/);
    const anthropic = await ask(`${url}/v1/message`, {
      method: 'POST',
      headers: { ...headers, 'anthropic-version': '2023-06-01' },
    });
    assert.equal(
      (JSON.parse(anthropic.text) as { type: string }).type,
      'error',
      'in the dialect of the caller',
    );
  });
});

describe('a start', () => {
  async function start(
    overrides: { host?: string; port?: number },
    { more = '', state = join(folder(), 'state') }: { more?: string; state?: string } = {},
  ): Promise<RunningServer> {
    const config = join(folder(), 'signalbox.yaml');
    writeFileSync(config, `log: { level: silent }\n${more}${sim}`);
    const server = await startServer({ configPath: config, overrides: { state, ...overrides }, env: {} });
    running.push({ stop: () => server.stop('the test is over') });
    return server;
  }

  async function busyPort(t: TestContext, wanted = 0): Promise<number> {
    const blocker = net.createServer();
    const port = await new Promise<number>((resolve) => {
      // Somebody else's listener is as good as ours.
      blocker.once('error', () => resolve(wanted));
      blocker.listen(wanted, '127.0.0.1', () => resolve((blocker.address() as net.AddressInfo).port));
    });
    t.after(() => blocker.close());
    return port;
  }

  it('takes the next free port when the usual one is busy, and says so', async (t) => {
    const port = await busyPort(t, 8001);
    const server = await start({});
    assert.ok(server.port > port);
    assert.match(server.notes.join(), new RegExp(`PORT ${port} IS IN USE: listening on ${server.port}`));
  });

  it('takes no other port than the one that was asked for', async (t) => {
    const port = await busyPort(t);
    const wanted = { message: new RegExp(`^Port ${port} of 127.0.0.1 is in use\\. .*--port`) };
    await assert.rejects(start({ port }), wanted);
    await assert.rejects(start({}, { more: `listen: { port: ${port} }\n` }), wanted);
  });

  it('on a busy port that was asked for ends with 1', async (t) => {
    const port = await busyPort(t);
    const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
    const home = folder();
    const done = spawnSync(process.execPath, [main, 'serve', '--port', String(port)], { cwd: home });
    assert.equal(done.status, 1);
    assert.match(done.stderr.toString(), new RegExp(`error: Port ${port} of 127.0.0.1 is in use`));
    assert.equal(done.stdout.toString(), '');
  });

  it('without keys makes one that its owner alone can read, and keeps it', async () => {
    const server = await start({ port: 0 });
    assert.match(server.key?.shown ?? '', /^sb-[\w-]{40,}$/);
    assert.equal(statSync(server.key?.file ?? '').mode & 0o077, 0);
    const headers = { 'x-api-key': server.key?.shown ?? '' };
    assert.equal((await ask(`${server.url}/v1/models`, { headers })).status, 200);
    assert.equal((await ask(`${server.url}/metrics`, { headers })).status, 200, 'it is the owner’s own');
    assert.equal(
      (await ask(`${server.url}/v1/models`, { headers: { 'x-api-key': `${server.key?.shown}x` } })).status,
      401,
    );
  });

  it('with a broken pepper is refused: nobody could tell the hashed keys any more', async () => {
    const state = folder();
    writeFileSync(join(state, 'pepper'), 'broken\n', { mode: 0o600 });
    await assert.rejects(start({ port: 0 }, { state }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /does not hold 32 bytes in hex/);
      return true;
    });
  });

  it('with a key that others could read says so', async () => {
    const state = folder();
    writeFileSync(join(state, 'key'), 'sb-0123456789abcdef\n');
    chmodSync(join(state, 'key'), 0o644);
    const server = await start({ port: 0 }, { state });
    assert.match(server.notes.join(), /OTHERS COULD READ .*key \(mode 0644\); now it is 0600/);
  });

  it('keeps the key of this machine out of its receipts, whatever the key looks like', async () => {
    const state = folder();
    writeFileSync(join(state, 'key'), 'plain words nobody takes for a key\n', { mode: 0o600 });
    const { url, key } = await start({ port: 0 }, { state });
    const headers = { 'x-api-key': key?.shown ?? '' };
    const body = JSON.stringify({ model: `my ${key?.shown}`, messages: [] });
    assert.equal((await ask(`${url}/v1/chat/completions`, { method: 'POST', headers }, body)).status, 404);
    const journal = readFileSync(join(state, 'journal', 'receipts.ndjson'), 'utf8');
    assert.match(journal, /"asked":"my \[redacted\]"/);
    assert.doesNotMatch(journal, /plain words/);
  });

  it('where other machines could reach it needs keys', async () => {
    await assert.rejects(start({ host: '0.0.0.0', port: 0 }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /reachable from other machines, and there are no keys/);
      return true;
    });
  });
});
