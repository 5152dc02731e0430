// A changed config file takes effect without a dropped call; a wrong one takes no effect at all.
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { checkChatStream } from '../testkit/chat-checker.ts';
import { createRawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, chatStream } from '../testkit/replies.ts';
import { bytes, createGate, end, sseHead, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { configText, type GatewayProcess, KEY, spawnGateway } from '../testkit/start-gateway.ts';
import { cutAfter } from './setting.ts';

const PATH = '/v1/chat/completions';
const RELOADED = 'The config was reloaded.';
const REFUSED = 'The changed config is wrong';

let old: ScriptedUpstream;
let fresh: ScriptedUpstream;
let gateway: GatewayProcess;

before(async () => {
  old = await createScriptedUpstream();
  fresh = await createScriptedUpstream();
});
after(async () => {
  await old.close();
  await fresh.close();
});
beforeEach(async () => {
  old.calls.length = 0;
  old.respond(chatReply({ text: 'old' }));
  fresh.respond(chatReply({ text: 'fresh' }));
  gateway = await spawnGateway(config(old, 'first'));
});
afterEach(() => gateway.stop());

function config(upstream: ScriptedUpstream, model: string): string {
  return configText(`
log: { level: info, format: json }
upstreams:
  up: { provider: openai-compatible, url: ${upstream.url}, secret: password-of-${model} }
models:
  smart: { targets: [up/m] }
  kept: { targets: [up/m], cache: { ttl: 1h } }
  ${model}: { targets: [up/m] }
`);
}

/** As editors and config maps do it: a new file in the old one's place. */
async function change(text: string, outcome: string): Promise<void> {
  const from = gateway.log().length;
  writeFileSync(`${gateway.configFile}.new`, text);
  renameSync(`${gateway.configFile}.new`, gateway.configFile);
  await gateway.logged(outcome, from);
}

async function answer(model: string): Promise<string> {
  const reply = await gateway.ask(PATH, { model, messages: [{ role: 'user', content: 'Who?' }] });
  return reply.status === 200 ? reply.json.choices[0].message.content : reply.json.error.code;
}

describe('a changed config', () => {
  it('repoints names, adds and removes models; a stream under way stays with what it began on', async () => {
    const gate = createGate();
    const [opening, rest] = cutAfter(chatStream({ text: ['Hel', 'lo.'] }, false), 'Hel');
    old.next([sseHead(), bytes(opening), wait(gate.opened), bytes(rest), end]);
    const client = await createRawClient(gateway.url);
    const body = { model: 'first', stream: true, messages: [{ role: 'user', content: 'Hello.' }] };
    await client.write(requestBytes(PATH, { headers: { authorization: `Bearer ${KEY}` }, body }));
    await client.until('Hel');

    await change(config(fresh, 'second'), RELOADED);
    assert.equal(await answer('smart'), 'fresh');
    assert.equal(await answer('second'), 'fresh');
    assert.equal(await answer('first'), 'model_not_found');
    assert.equal((await gateway.metrics()).get('signalbox_inflight_calls'), 1, 'the old stream still counts');

    gate.open();
    checkChatStream((await client.reply()).text, { usage: false });
    client.abort();
    await gateway.quiet();
    assert.equal(gateway.receipts().filter((receipt) => receipt.outcome === 'ok').length, 3);
  });

  it('names what waits for the next start, and the rest takes effect', async () => {
    const from = gateway.log().length;
    const more =
      'listen: { drain: 5s, max_depth: 2 }\njournal: { max_size: 1mb }\ncache: { max_bytes: 2mb }\n';
    await change(`${config(fresh, 'first')}${more}`, RELOADED);
    const warned = 'Changes that wait for the next start: listen.drain, cache.max_bytes, journal.max_size.';
    assert.ok(gateway.log().slice(from).includes(warned), gateway.log());
    assert.equal(await answer('smart'), 'bad_request', 'the new max_depth holds');
    const again = gateway.log().length;
    await change(config(fresh, 'first'), RELOADED);
    assert.ok(!gateway.log().slice(again).includes('next start'), 'what is as it was waits for nothing');
  });

  it('of the level of the log takes effect at once', async () => {
    const quiet = config(fresh, 'second').replace('level: info', 'level: silent');
    writeFileSync(gateway.configFile, quiet);
    gateway.child.kill('SIGHUP');
    while ((await answer('second')) !== 'fresh');
    const from = gateway.log().length;
    assert.equal(await answer('second'), 'fresh');
    await change(config(old, 'first'), RELOADED);
    assert.ok(!gateway.log().slice(from).includes('"type":"call"'), gateway.log().slice(from));
  });

  it('lets no secret into a receipt: not the new ones, nor those that calls under way still hold', async () => {
    const asked = async (model: string): Promise<string> => {
      assert.equal(await answer(model), 'model_not_found');
      return gateway.receipts().at(-1).asked;
    };
    assert.equal(await asked('a password-of-first'), 'a [redacted]');
    assert.equal(await asked('a password-of-second'), 'a password-of-second', 'nobody has such a secret yet');
    await change(config(fresh, 'second'), RELOADED);
    assert.equal(await asked('a password-of-second'), 'a [redacted]');
    assert.equal(await asked('a password-of-first'), 'a [redacted]');
  });

  it('that moves an upstream leaves its old answers behind', async () => {
    for (const _ of [1, 2]) assert.equal(await answer('kept'), 'old');
    assert.equal(old.calls.length, 1, 'the second came from the cache');
    await change(config(fresh, 'first'), RELOADED);
    assert.equal(await answer('kept'), 'fresh');
    await change(config(old, 'first'), RELOADED);
    assert.equal(await answer('kept'), 'old');
    assert.equal(old.calls.length, 1, 'back again, they still hold');
  });

  for (const [why, text] of [
    ['no YAML', 'models: [unclosed'],
    ['wrong', 'models: { smart: { targets: [nowhere/m] } }'],
    ['empty', ''],
    ['cut short', 'upstreams:\n  up: { provider: openai-comp'],
  ] as const) {
    it(`that is ${why} changes nothing, and its repair does`, async () => {
      await change(text, why === 'empty' ? 'become empty' : REFUSED);
      assert.equal(await answer('first'), 'old');
      assert.equal(gateway.child.exitCode, null);
      await change(config(fresh, 'second'), RELOADED);
      assert.equal(await answer('smart'), 'fresh');
    });
  }

  it('is read again on SIGHUP', async () => {
    const from = gateway.log().length;
    gateway.child.kill('SIGHUP');
    await gateway.logged(RELOADED, from);
    assert.equal(await answer('first'), 'old');
  });

  it('may come a hundred times while calls go on, and none of them fails', async () => {
    const states = [config(old, 'first'), config(fresh, 'second')];
    let going = true;
    let answered = 0;
    const callers = [1, 2, 3].map(async () => {
      while (going) {
        const said = await answer('smart');
        assert.match(said, /^(old|fresh)$/);
        answered += 1;
      }
    });
    for (let round = 0; round < 100; round += 1) {
      writeFileSync(gateway.configFile, states[round % 2] ?? '');
      const from = gateway.log().length;
      gateway.child.kill('SIGHUP');
      await gateway.logged(RELOADED, from);
    }
    going = false;
    await Promise.all(callers);
    assert.ok(answered > 0);
    await gateway.quiet();
  });
});
