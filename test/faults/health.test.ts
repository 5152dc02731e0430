// Rows of the fault catalogue about health: who is left alone, for how long, and who is asked instead.
import assert from 'node:assert/strict';
import { afterEach, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { chatReply } from '../testkit/replies.ts';
import { createGate, json, reset, type Script, stall, wait } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let open: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.reverse()) await (one.stop?.() ?? one.close?.());
  open = [];
});

async function upstreams(count: number): Promise<ScriptedUpstream[]> {
  const made: ScriptedUpstream[] = [];
  for (let one = 0; one < count; one += 1) made.push(await createScriptedUpstream());
  open.push(...made);
  for (const upstream of made) upstream.respond(chatReply({ text: 'Hi.' }));
  return made;
}

async function gatewayOver(
  made: readonly ScriptedUpstream[],
  { more = '', select = 'priority', rest = '' }: { more?: string; select?: string; rest?: string } = {},
): Promise<Gateway> {
  const lines = made.map(
    (one, place) => `  up${place}: { provider: openai-compatible, url: ${one.url}${more} }`,
  );
  const targets = made.map((_, place) => `up${place}/m`).join(', ');
  const gateway = await startGateway(`
upstreams:
${lines.join('\n')}
models:
  m: { targets: [${targets}], select: ${select} }
${rest}`);
  open.push(gateway);
  return gateway;
}

const question = { model: 'm', messages: [{ role: 'user', content: 'Hello.' }] };

function ask(gateway: Gateway): ReturnType<Gateway['ask']> {
  return gateway.ask('/v1/chat/completions', question);
}

/** Nothing crashed, nothing is held, and each call has one receipt whose attempts are those the upstreams saw. */
async function balanced(gateway: Gateway, calls: number, made: readonly ScriptedUpstream[]): Promise<void> {
  await gateway.quiet();
  const receipts = gateway.receipts();
  assert.equal(receipts.length, calls);
  const attempts = receipts.flatMap((receipt: JsonValue) => receipt.attempts ?? []).length;
  assert.ok(attempts >= made.reduce((sum, one) => sum + one.calls.length, 0));
}

const unavailable = (status: number, headers: Record<string, string> = {}): Script =>
  json({ error: { message: 'No.', type: 'x' } }, status, headers);

it('row 17: a 429 with retry-after cools that secret only', async () => {
  const made = await upstreams(1);
  const gateway = await gatewayOver(made, { more: ', secret: [sk-one, sk-two]' });
  const [up] = made as [ScriptedUpstream];
  const good = chatReply({ text: 'Hi.' });
  up.respond((call: RecordedCall) =>
    call.headers['authorization'] === 'Bearer sk-one'
      ? unavailable(429, { 'retry-after': '60' })
      : good(call),
  );
  for (let call = 0; call < 10; call += 1) assert.equal((await ask(gateway)).status, 200);
  const secrets = up.calls.map((call) => call.headers['authorization']);
  assert.equal(secrets.filter((secret) => secret === 'Bearer sk-one').length, 1);
  assert.deepEqual(
    gateway.receipts()[0].attempts.map((one: JsonValue) => one.secret),
    [1, 2],
  );
  await balanced(gateway, 10, made);
});

it('row 18: a 401 takes that secret out; with no other left the caller sees 502 and the upstream is spared', async () => {
  const made = await upstreams(1);
  const gateway = await gatewayOver(made, { more: ', secret: [sk-one, sk-two]' });
  const [up] = made as [ScriptedUpstream];
  up.respond(unavailable(401));
  const replies = [await ask(gateway), await ask(gateway), await ask(gateway)];
  assert.deepEqual(
    replies.map((reply) => reply.status),
    [502, 502, 502],
  );
  assert.equal(up.calls.length, 2, 'each secret was tried once');
  assert.doesNotMatch(replies.map((reply) => reply.text).join(), /sk-one|sk-two/);
  await balanced(gateway, 3, made);
});

it('row 19: one of three that fails half of its calls gets less than a tenth of them, and never are all left out', async () => {
  const made = await upstreams(3);
  const gateway = await gatewayOver(made, { select: 'round-robin' });
  const [bad] = made as [ScriptedUpstream];
  const good = chatReply({ text: 'Hi.' });
  let turn = 0;
  bad.respond((call: RecordedCall) => {
    turn += 1;
    return turn % 2 === 0 ? unavailable(500) : good(call);
  });
  for (let call = 0; call < 90; call += 1) assert.equal((await ask(gateway)).status, 200);
  const learned = bad.calls.length;
  for (let call = 0; call < 100; call += 1) assert.equal((await ask(gateway)).status, 200);
  assert.ok(bad.calls.length - learned < 10, `${bad.calls.length - learned} of 100`);
  for (const one of made) one.respond(unavailable(500));
  for (let call = 0; call < 20; call += 1) assert.equal((await ask(gateway)).status, 502);
  for (const one of made) one.respond(good);
  assert.equal((await ask(gateway)).status, 200, 'a doubt is better than nothing');
  await balanced(gateway, 211, made);
});

it('row 20: with all upstreams gone, callers get 503 and retry-after at once', async () => {
  const made = await upstreams(2);
  const gateway = await gatewayOver(made);
  for (const one of made) await one.close();
  open = open.filter((one) => !made.includes(one as ScriptedUpstream));
  for (let call = 0; call < 5; call += 1) assert.equal((await ask(gateway)).status, 502);
  const reply = await ask(gateway);
  assert.equal(reply.status, 503);
  assert.match(reply.headers['retry-after'] ?? '', /^[1-9]\d*$/);
  assert.match(
    reply.json.error.message,
    /No target of the model "m" can be tried now\. up0\/m: out, not reached/,
  );
  assert.equal(gateway.receipts().at(-1).attempts, undefined, 'nobody was tried');
  await gateway.quiet();
});

it('row 21: one of three that is ten times slower gets less than 15 % by least load', async () => {
  const made = await upstreams(3);
  const gateway = await gatewayOver(made, { select: 'least-load' });
  // Time is counted in answers: the slow one gives its answer when the others have given ten.
  const good = chatReply({ text: 'Hi.' });
  const [slow] = made as [ScriptedUpstream];
  let answered = 0;
  const gates: { due: number; gate: ReturnType<typeof createGate> }[] = [];
  slow.respond((call: RecordedCall) => {
    const gate = createGate();
    gates.push({ due: answered + 20, gate });
    return [wait(gate.opened), ...good(call)];
  });
  const worker = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call += 1) {
      assert.equal((await ask(gateway)).status, 200);
      answered += 1;
      for (const { due, gate } of gates) if (due <= answered) gate.open();
    }
  };
  const running = Promise.all(Array.from({ length: 6 }, () => worker(30)));
  const release = setInterval(() => {
    if (answered >= 150) for (const { gate } of gates) gate.open();
  }, 20);
  await running;
  clearInterval(release);
  assert.ok(slow.calls.length < 0.15 * 180, `${slow.calls.length} of 180`);
  await balanced(gateway, 180, made);
});

it('row 22: who is back is probed by one call, and then gets a growing share', async () => {
  const made = await upstreams(2);
  const gateway = await gatewayOver(made, { more: ', health: { out: 200ms, ramp: 60s }' });
  const [first] = made as [ScriptedUpstream];
  first.respond([reset]);
  for (let call = 0; call < 5; call += 1) assert.equal((await ask(gateway)).status, 200);
  const good = chatReply({ text: 'Hi.' });
  first.respond(good);
  const before = first.calls.length;
  const until = Date.now() + 10_000;
  while (first.calls.length === before && Date.now() < until) assert.equal((await ask(gateway)).status, 200);
  const probed = first.calls.length;
  assert.equal(probed, before + 1);
  for (let call = 0; call < 100; call += 1) assert.equal((await ask(gateway)).status, 200);
  assert.ok(first.calls.length - probed <= 35, `${first.calls.length - probed} of 100 in the first moments`);
  const states = [...(await gateway.metrics()).keys()].filter((key) =>
    key.startsWith('signalbox_target_state'),
  );
  assert.ok(
    states.some((key) => /target="up0\/m"/.test(key) && /state="ramping"/.test(key)),
    states.join(),
  );
  await gateway.quiet();
});

it('row 38: upstreams that only ever say 503 get at most a fifth more than was offered', async () => {
  const made = await upstreams(2);
  const gateway = await gatewayOver(made, { more: ', health: { failures: 1000, share: 1 }' });
  for (const one of made) one.respond(unavailable(503));
  for (let call = 0; call < 200; call += 1) assert.equal((await ask(gateway)).status, 503);
  const seen = made.reduce((sum, one) => sum + one.calls.length, 0);
  assert.ok(seen <= 1.2 * 200 + 12, `${seen} attempts for 200 calls`);
  await balanced(gateway, 200, made);
});

it('a native answer, which is free, brings an upstream back before its time', async () => {
  const made = await upstreams(1);
  const gateway = await gatewayOver(made, { more: ', health: { out: 5m }' });
  const [up] = made as [ScriptedUpstream];
  up.respond([reset]);
  for (let call = 0; call < 5; call += 1) assert.equal((await ask(gateway)).status, 502);
  assert.equal((await ask(gateway)).status, 503);
  up.respond(chatReply({ text: 'Hi.' }));
  up.respondToGet(() => json({ object: 'list', data: [{ id: 'm' }] }));
  const until = Date.now() + 10_000;
  let status = 503;
  while (status === 503 && Date.now() < until) status = (await ask(gateway)).status;
  assert.equal(status, 200);
  await gateway.quiet();
});

it('a call waits for a target that said when to come again, and is told apart in its receipt', async () => {
  const made = await upstreams(1);
  const gateway = await gatewayOver(made);
  const [up] = made as [ScriptedUpstream];
  up.next(unavailable(503, { 'retry-after': '0' }));
  assert.equal((await ask(gateway)).status, 200);
  assert.deepEqual(
    gateway.receipts()[0].attempts.map((one: JsonValue) => one.outcome),
    ['upstream_overloaded', 'ok'],
  );
  await balanced(gateway, 1, made);
});

it('what is left of the caller’s time bounds the attempts', async () => {
  const made = await upstreams(2);
  const gateway = await gatewayOver(made);
  for (const one of made) one.respond([stall]);
  const reply = await gateway.ask('/v1/chat/completions', question, { 'x-signalbox-timeout': '0.3' });
  assert.equal(reply.status, 504);
  assert.equal(made[1]?.calls.length, 0, 'no time was left for a second target');
  await gateway.quiet();
});
