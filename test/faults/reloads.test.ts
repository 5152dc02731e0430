// The config changes under load, for better and for worse.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { createRawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, chatStream } from '../testkit/replies.ts';
import { bytes, createGate, end, sseHead, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { configText, type GatewayProcess, KEY, spawnGateway } from '../testkit/start-gateway.ts';

const RELOADS = Number(process.env['FAULTS_RELOADS'] ?? 100);
const CALLERS = 8;
const PATH = '/v1/chat/completions';
const MESSAGES = [{ role: 'user', content: 'Who?' }];
let old: ScriptedUpstream;
let fresh: ScriptedUpstream;
let gateway: GatewayProcess;

before(async () => {
  old = await createScriptedUpstream();
  fresh = await createScriptedUpstream();
  gateway = await spawnGateway(config(old));
});
after(async () => {
  await gateway.stop();
  await old.close();
  await fresh.close();
});

function config(upstream: ScriptedUpstream): string {
  return configText(`
log: { level: info, format: json }
upstreams:
  up: { provider: openai-compatible, url: ${upstream.url} }
models:
  smart: { targets: [up/m] }
`);
}

async function change(text: string, outcome: string): Promise<void> {
  const from = gateway.log().length;
  writeFileSync(gateway.configFile, text);
  gateway.child.kill('SIGHUP');
  await gateway.logged(outcome, from);
}

describe('rows 60 and 61', { timeout: 60_000 }, () => {
  it(`row 60: ${RELOADS} reloads under load: no call fails, and a stream stays with what it began on`, async () => {
    const gate = createGate();
    const whole = chatStream({ text: ['Hel', 'lo.'] }, false);
    const at = whole.indexOf('\n\n', whole.indexOf('Hel')) + 2;
    old.next([sseHead(), bytes(whole.slice(0, at)), wait(gate.opened), bytes(whole.slice(at)), end]);
    const stream = await createRawClient(gateway.url);
    const headers = { authorization: `Bearer ${KEY}` };
    await stream.write(
      requestBytes(PATH, { headers, body: { model: 'smart', stream: true, messages: MESSAGES } }),
    );
    await stream.until('Hel');
    old.respond(chatReply({ text: 'old' }));
    fresh.respond(chatReply({ text: 'fresh' }));

    let going = true;
    let answered = 0;
    const callers = Array.from({ length: CALLERS }, async () => {
      const client = await createRawClient(gateway.url);
      const call = requestBytes(PATH, { headers, body: { model: 'smart', messages: MESSAGES } });
      while (going) {
        await client.write(call);
        const reply = await client.reply();
        assert.equal(reply.status, 200, reply.text);
        answered += 1;
      }
      client.abort();
    });
    for (let round = 1; round <= RELOADS; round += 1)
      await change(config(round % 2 === 1 ? fresh : old), 'The config was reloaded.');
    going = false;
    await Promise.all(callers);
    assert.ok(answered > RELOADS, `${answered} calls`);
    assert.ok(old.calls.length > 1 && fresh.calls.length > 0, 'both were asked');

    gate.open();
    assert.match((await stream.reply()).text, /lo\..*\[DONE\]/s);
    stream.abort();
    await gateway.quiet();
    const receipts = gateway.receipts();
    assert.equal(receipts.length, answered + 1);
    assert.deepEqual([...new Set(receipts.map(({ outcome }) => outcome))], ['ok']);
  });

  const good = (): string => config(old);
  const wrong: readonly (readonly [how: string, text: () => string, said: string])[] = [
    ['truncated', () => good().slice(0, good().indexOf('models:') - 20), 'was not taken'],
    ['empty', () => '', 'was not taken'],
    [
      'ten times as large, with one slip',
      () => {
        const models = Array.from({ length: 2_000 }, (_, at) => `  m${at}: { targets: [up/m${at}] }`).join(
          '\n',
        );
        return `${good()}${models}\n  slip: { targets: [nowhere/m] }\n`;
      },
      'was not taken',
    ],
  ];
  for (const [how, text, said] of wrong) {
    it(`row 61: a config that is ${how} is refused, and the last good one serves`, async () => {
      old.respond(chatReply({ text: 'old' }));
      await change(text(), said);
      const reply = await gateway.ask(PATH, { model: 'smart', messages: MESSAGES });
      assert.equal(reply.json.choices[0].message.content, 'old');
      assert.equal(gateway.child.exitCode, null);
    });
  }
});
