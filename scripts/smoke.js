// Starts the bundle once, as a user would: in an empty folder, asks it one question, stops it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

const command = resolve('dist', 'signalbox.js');
const folder = mkdtempSync(join(tmpdir(), 'signalbox-smoke-'));
const server = spawn(process.execPath, [command, 'serve', '--port', '0', '--json'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const exited = new Promise((done) => server.once('exit', (code) => done(code)));
const giveUp = setTimeout(() => server.kill('SIGKILL'), 30_000);

try {
  const lines = createInterface({ input: server.stdout });
  const first = await new Promise((done, failed) => {
    lines.once('line', done);
    server.once('exit', () => failed(new Error('The bundle ended before it was ready.')));
  });
  const { url, key } = JSON.parse(first);
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.shown}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/fast', messages: [{ role: 'user', content: 'Are you there?' }] }),
  });
  const reply = await answer.json();
  const text = reply.choices?.[0]?.message?.content;
  if (answer.status !== 200 || typeof text !== 'string')
    throw new Error(`No answer: ${JSON.stringify(reply)}`);
  const kept = await turnOf(url, { authorization: `Bearer ${key.shown}` });
  if (kept.first === undefined || kept.first !== kept.again)
    throw new Error('The store of the bundle keeps nothing.');
  server.kill('SIGTERM');
  const code = await exited;
  if (code !== 0) throw new Error(`The bundle ended with ${code}.`);
  if ((await tokensOf('Hello, world!')) !== 4) throw new Error('The tokenizer of the bundle does not count.');
  console.log(`The bundle started, answered and stopped: ${text.slice(0, 60)}…`);
} finally {
  clearTimeout(giveUp);
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

/** A reply that was kept, by the thread that the gateway starts for it. */
async function turnOf(url, headers) {
  const body = JSON.stringify({ model: 'sim/fast', input: 'Are you there?' });
  const post = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body };
  const { id } = await (await fetch(`${url}/v1/responses`, post)).json();
  const again = await (await fetch(`${url}/v1/responses/${id}`, { headers })).json();
  return { first: id, again: again.id };
}

/** By the thread that the gateway starts when it must count. */
async function tokensOf(content) {
  const thread = new Worker(resolve('dist', 'tokenizer.js'));
  try {
    const answered = new Promise((done, failed) => thread.once('message', done).once('error', failed));
    thread.postMessage({
      id: 1,
      body: Buffer.from(JSON.stringify({ messages: [{ role: 'user', content }] })),
    });
    return (await answered).tokens;
  } finally {
    await thread.terminate();
  }
}
