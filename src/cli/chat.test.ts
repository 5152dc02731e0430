// `chat` against a small server of its own, over a real socket.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ChatFlags, chat } from './chat.ts';
import { CommandError, FAILED } from './exit-codes.ts';
import { recordTerminal } from './recording-terminal.ts';

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Fake {
  readonly url: string;
  readonly seen: Seen[];
}

/** Each call gets the next answer. */
async function fakeGateway(
  t: TestContext,
  ...answers: readonly ((to: ServerResponse) => void)[]
): Promise<Fake> {
  const seen: Seen[] = [];
  const server: Server = createServer((from, to) => {
    let body = '';
    from.setEncoding('utf8');
    from.on('data', (text: string) => {
      body += text;
    });
    from.on('end', () => {
      seen.push({ path: from.url ?? '', headers: from.headers, body });
      answers[seen.length - 1]?.(to);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const facts = {
  'x-request-id': 'req-1',
  'x-signalbox-model': 'fast',
  'x-signalbox-upstream': 'sim/fast',
  'x-signalbox-attempts': '1',
};

function streamed(...pieces: readonly (string | Buffer)[]) {
  return (to: ServerResponse): void => {
    to.writeHead(200, { 'content-type': 'text/event-stream', ...facts });
    for (const piece of pieces) to.write(piece);
    to.end();
  };
}

function whole(status: number, body: unknown, headers: Readonly<Record<string, string>> = facts) {
  return (to: ServerResponse): void => {
    to.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

const flags: ChatFlags = { face: 'openai', stream: true, model: 'fast', key: 'sb-key', state: '/nowhere' };

const delta = (text: string) => `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":212,"cost":0.00002}}\n\n';
const done = 'data: [DONE]\n\n';

test('a stream is shown as it comes, and its facts at the end', async (t) => {
  const { url, seen } = await fakeGateway(t, streamed(delta('Blue'), delta(' sky.'), usage, done));
  const { terminal, out, err } = recordTerminal();
  assert.equal(await chat(['Why', 'blue?'], { ...flags, url, system: 'Be brief.' }, terminal), 0);
  assert.equal(out(), 'Blue sky.\n');
  assert.match(err(), /^✓ sim\/fast · \d+ ms to first token · 212 tokens · \$0\.00002 · req-1\n$/);
  assert.equal(seen[0]?.path, '/v1/chat/completions');
  assert.equal(seen[0]?.headers.authorization, 'Bearer sb-key');
  assert.deepEqual(JSON.parse(seen[0]?.body ?? ''), {
    model: 'fast',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Why blue?' },
    ],
    stream: true,
    stream_options: { include_usage: true },
  });
});

test('characters and lines may be cut anywhere', async (t) => {
  const bytes = Buffer.from(`: keepalive\r\n\r\n${delta('Grün→').replaceAll('\n', '\r\n')}${usage}${done}`);
  const { url } = await fakeGateway(t, streamed(...[...bytes].map((byte) => Buffer.from([byte]))));
  const { terminal, out } = recordTerminal();
  await chat(['x'], { ...flags, url }, terminal);
  assert.equal(out(), 'Grün→\n');
});

test('the other face: its path, its headers, its events', async (t) => {
  const { url, seen } = await fakeGateway(
    t,
    streamed(
      'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ),
  );
  const { terminal, out, err } = recordTerminal();
  assert.equal(await chat(['x'], { ...flags, url, face: 'anthropic' }, terminal), 0);
  assert.equal(out(), 'Hi\n');
  assert.match(err(), / 7 tokens /);
  assert.equal(seen[0]?.path, '/v1/messages');
  assert.equal(seen[0]?.headers['x-api-key'], 'sb-key');
  assert.equal(seen[0]?.headers['anthropic-version'], '2023-06-01');
});

test('unstreamed, on both faces', async (t) => {
  const { url, seen } = await fakeGateway(
    t,
    whole(200, { choices: [{ message: { content: 'One.' } }], usage: { completion_tokens: 2 } }),
    whole(200, { content: [{ type: 'text', text: 'Two.' }], usage: { output_tokens: 3 } }),
  );
  const { terminal, out, err } = recordTerminal();
  await chat(['x'], { ...flags, url, stream: false }, terminal);
  await chat(['x'], { ...flags, url, stream: false, face: 'anthropic' }, terminal);
  assert.equal(out(), 'One.\nTwo.\n');
  assert.match(err(), / \d+ ms · 2 tokens .*\n.* \d+ ms · 3 tokens /);
  assert.ok(!seen[0]?.body.includes('stream'));
});

test('with --json the answer and its facts are one object', async (t) => {
  const { url } = await fakeGateway(t, streamed(delta('Blue'), usage, done));
  const { terminal, out, err } = recordTerminal();
  await chat(['x'], { ...flags, url, json: true }, terminal);
  const { firstTokenMs, ...rest } = JSON.parse(out());
  assert.equal(typeof firstTokenMs, 'number');
  assert.deepEqual(rest, {
    ok: true,
    text: 'Blue',
    requestId: 'req-1',
    model: 'fast',
    upstream: 'sim/fast',
    attempts: 1,
    inputTokens: 9,
    outputTokens: 212,
    costDollars: 0.00002,
  });
  assert.equal(err(), '');
});

test('without a model the first of the list is asked, with a prompt from a pipe', async (t) => {
  const { url, seen } = await fakeGateway(
    t,
    whole(200, { data: [{ id: 'smart' }, { id: 'fast' }] }),
    streamed(delta('Yes.'), done),
  );
  const { terminal } = recordTerminal({}, 'from a pipe\n');
  const { model: _none, ...rest } = flags;
  await chat([], { ...rest, url: `${url}/v1/` }, terminal);
  assert.deepEqual(
    seen.map(({ path }) => path),
    ['/v1/models', '/v1/chat/completions'],
  );
  const { model, messages } = JSON.parse(seen[1]?.body ?? '');
  assert.deepEqual([model, messages], ['smart', [{ role: 'user', content: 'from a pipe' }]]);
});

test('address and key are found in the state folder; the environment wins over it', async (t) => {
  const { url, seen } = await fakeGateway(t, streamed(done), streamed(done));
  const state = mkdtempSync(join(tmpdir(), 'signalbox-'));
  t.after(() => rmSync(state, { recursive: true }));
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, 'address'), `${url}\n`);
  writeFileSync(join(state, 'key'), 'sb-left\n');
  await chat(['x'], { face: 'openai', stream: true, model: 'm', state }, recordTerminal().terminal);
  const env = { SIGNALBOX_KEY: 'sb-env', SIGNALBOX_STATE: state };
  await chat(['x'], { face: 'openai', stream: true, model: 'm' }, recordTerminal(env).terminal);
  assert.deepEqual(
    seen.map(({ headers }) => headers.authorization),
    ['Bearer sb-left', 'Bearer sb-env'],
  );
});

async function failure(
  t: TestContext,
  answer: (to: ServerResponse) => void,
): Promise<CommandError & { shown: string }> {
  const { url } = await fakeGateway(t, answer);
  const { terminal, out } = recordTerminal();
  try {
    await chat(['x'], { ...flags, url }, terminal);
  } catch (error) {
    assert.ok(error instanceof CommandError);
    return Object.assign(error, { shown: out() });
  }
  assert.fail('It should have failed.');
}

test("a refusal says the gateway's words, what to do, and which call it was", async (t) => {
  const { message, code } = await failure(t, whole(401, { error: { message: 'This key is unknown.' } }));
  assert.match(message, /^This key is unknown\. Give a key with --key or SIGNALBOX_KEY.* \(req-1\)$/);
  assert.equal(code, 1);
});

test('an answer that is no JSON is told by its status', async (t) => {
  const { message } = await failure(t, (to) => to.writeHead(502).end('<html>'));
  assert.equal(message, 'The gateway answered with status 502.');
});

test('an error inside a stream fails the call, and what came before stays', async (t) => {
  const { message, shown } = await failure(
    t,
    streamed(delta('Bl'), 'data: {"error":{"message":"It died."}}\n\n', done),
  );
  assert.equal(message, 'It died.');
  assert.equal(shown, 'Bl\n');
});

test('a stream without an end is not taken for an answer', async (t) => {
  const { message } = await failure(t, streamed(delta('Bl')));
  assert.match(message, /broke off/);
});

test('a connection that dies in the middle is a failure with a reason', async (t) => {
  const { message, code } = await failure(t, (to) => {
    to.writeHead(200, facts);
    to.write(delta('Bl'), () => to.destroy());
  });
  assert.match(message, /^The connection to http:\/\/127\.0\.0\.1:\d+ failed: /);
  assert.equal(code, 1);
});

test('a state folder whose gateway does not run leads to no other gateway', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'signalbox-'));
  t.after(() => rmSync(state, { recursive: true }));
  writeFileSync(join(state, 'key'), 'sb-left\n');
  await assert.rejects(
    chat(['x'], { face: 'openai', stream: true, model: 'm', state }, recordTerminal().terminal),
    new CommandError(FAILED, `No gateway is running for the state folder ${state}.`),
  );
});
