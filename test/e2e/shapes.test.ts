// Objects made for every call keep the shapes of those before them. One that gets a shape of its own each time, such as
// a spread with a field written behind it may, makes the engine forget what it had learned: calls cost half as much again.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, messagesReply } from '../testkit/replies.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type GatewayProcess, KEY, spawnGateway } from '../testkit/start-gateway.ts';
import { dialects } from './setting.ts';

/** Enough that what is learned once is learned; then as many again are watched. */
const CALLS = 40;

const home = mkdtempSync(join(tmpdir(), 'signalbox-shapes-'));
const log = join(home, 'maps.log');
const headers = { authorization: `Bearer ${KEY}` };
let gateway: GatewayProcess;
/** One connection: each new one brings shapes of node's own. */
let client: RawClient;
let upstreams: readonly ScriptedUpstream[];

before(async () => {
  const [chat, messages] = [await createScriptedUpstream(), await createScriptedUpstream()];
  upstreams = [chat, messages];
  chat.respond(chatReply({ text: 'Hi.' }));
  messages.respond(messagesReply({ text: 'Hi.' }));
  gateway = await spawnGateway(
    `
upstreams:
  chat: { provider: openai-compatible, url: ${chat.url} }
  messages: { provider: anthropic, url: ${messages.url}, secret: sk-ant-1 }
models:
  chat: { targets: [chat/m] }
  messages: { targets: [messages/claude-opus-4-5] }
`,
    ['--log-maps', '--no-logfile-per-isolate', `--logfile=${log}`],
  );
  client = await createRawClient(gateway.url);
});

after(async () => {
  client.abort();
  await gateway.stop();
  for (const upstream of upstreams) await upstream.close();
  rmSync(home, { recursive: true, force: true });
});

let read = 0;

/** Shapes that came into being since the last look, by the place in the code and the field. */
function newShapes(): ReadonlyMap<string, number> {
  const text = readFileSync(log, 'utf8');
  const counts = new Map<string, number>();
  for (const line of text.slice(read).split('\n')) {
    const [event, kind, , , , , row, column, , field] = line.split(',');
    if (event !== 'map' || kind !== 'Transition') continue;
    const place = `${row}:${column} ${field}`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  read = text.length;
  return counts;
}

const messages = [{ role: 'user', content: 'Hello.' }];
const faces: Readonly<Record<string, (model: string, stream: boolean) => readonly [string, JsonValue]>> = {
  chat: (model, stream) => ['/v1/chat/completions', { model, stream, messages }],
  messages: (model, stream) => ['/v1/messages', { model, stream, messages, max_tokens: 100 }],
  responses: (model, stream) => ['/v1/responses', { model, stream, input: 'Hello.', store: false }],
  ollama: (model, stream) => ['/api/chat', { model, stream, messages }],
  gemini: (model, stream) => [
    `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] },
  ],
};

for (const [face, asking] of Object.entries(faces)) {
  for (const to of dialects) {
    for (const stream of [false, true]) {
      it(`${face} over ${to}${stream ? ', streamed' : ''}`, async () => {
        const [path, body] = asking(to, stream);
        const ask = async (): Promise<void> => {
          for (let call = 0; call < CALLS; call += 1) {
            await client.write(requestBytes(path, { body, headers }));
            assert.equal((await client.reply()).status, 200);
          }
        };
        await ask();
        newShapes();
        await ask();
        const anew = [...newShapes()].filter(([, count]) => count >= CALLS / 2);
        assert.deepEqual(anew, [], 'Of each call anew: row and column (of the compiled file) and field.');
      });
    }
  }
}
