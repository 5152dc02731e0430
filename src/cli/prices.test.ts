// `prices` and `prices update` against a state folder and a small server of their own.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { waitForUpdate } from '@pydantic/genai-prices';
import { CommandError, FAILED, OK, USAGE } from './exit-codes.ts';
import { prices } from './prices.ts';
import { updatePrices } from './prices-update.ts';
import { recordTerminal } from './recording-terminal.ts';

const home = mkdtempSync(join(tmpdir(), 'signalbox-prices-'));
after(() => rmSync(home, { recursive: true }));
let folders = 0;
function freshState(): string {
  folders += 1;
  return join(home, `state-${folders}`);
}

interface Model {
  id: string;
  match: object;
  prices: object;
}
type Published = { id: string; models: Model[] }[];

/** The published list with another price for one well-known model. */
async function published(): Promise<Published> {
  const list = JSON.parse(JSON.stringify(await waitForUpdate())) as Published;
  const openai = list.find((service) => service.id === 'openai');
  openai?.models.unshift({
    id: 'gpt-4o',
    match: { equals: 'gpt-4o' },
    prices: { input_mtok: 77, output_mtok: 78 },
  });
  return list;
}

test('a model is shown with window, prices, tiers and where they come from', () => {
  const { terminal, out } = recordTerminal();
  assert.equal(prices('gpt-5.4', { state: freshState(), provider: 'openai' }, terminal), OK);
  assert.match(out(), /^openai\/gpt-5\.4\n {2}window {7}1,050,000 tokens\n/);
  assert.match(out(), /\n {2}input {8}\$2\.50 per million tokens, \$5\.00 above 271,999 of input\n/);
  assert.match(out(), /\nfrom @pydantic\/genai-prices [\d.]+, \d{4}-\d\d-\d\d \(came with this version\)\n$/);
});

test('as JSON, amounts are decimal text', () => {
  const { terminal, out } = recordTerminal();
  prices('claude-haiku-4-5', { state: freshState(), provider: 'anthropic', json: true }, terminal);
  const told = JSON.parse(out());
  assert.equal(told.ok, true);
  const price = { input: '1.00', output: '5.00', cache_read: '0.10', cache_write: '1.25', tiers: [] };
  assert.deepEqual(told.entries, [
    {
      provider: 'anthropic',
      id: 'claude-haiku-4-5',
      contextWindow: 200_000,
      price,
      per_call: null,
      until: null,
    },
  ]);
});

test('a model of nobody is an error that says what to do', () => {
  const { terminal } = recordTerminal();
  const state = freshState();
  assert.throws(
    () => prices('nobody', { state }, terminal),
    /no model "nobody"\. State its price and window/,
  );
  assert.throws(
    () => prices('gpt-4o', { state, provider: 'groq' }, terminal),
    /part for "groq" has no model/,
  );
});

test('without a model the services are listed', () => {
  const { terminal, out } = recordTerminal();
  prices(undefined, { state: freshState() }, terminal);
  assert.match(out(), /\n {2}openrouter {5}\d+ models\n/);
});

async function serving(t: TestContext, answer: (to: ServerResponse) => void): Promise<string> {
  const server = createServer((_from, to) => answer(to));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.json`;
}

test('an update from a URL is kept in the state folder and shown from then on, with its address', async (t) => {
  const text = JSON.stringify(await published());
  const from = await serving(t, (to) => to.end(text));
  const state = freshState();
  const { terminal, out, err } = recordTerminal();
  assert.equal(await updatePrices({ from, state }, terminal), OK);
  assert.equal(err(), `Taking prices from ${from}\n`);
  assert.match(out(), /^\d+ models of \d+ services are in .*prices\.jsonl; a running gateway uses them/);
  const after = recordTerminal();
  prices('gpt-4o', { state, provider: 'openai' }, after.terminal);
  assert.match(after.out(), /input {8}\$77\.00 per million tokens/);
  assert.ok(after.out().includes(`from ${from} as published,`));
});

for (const [how, place] of [
  ['a path', (file: string) => file],
  ['a file URL', (file: string) => pathToFileURL(file).href],
] as const) {
  test(`an update from ${how}`, async () => {
    const file = join(home, 'data.json');
    writeFileSync(file, JSON.stringify(await published()));
    const { terminal, out } = recordTerminal();
    const state = freshState();
    assert.equal(await updatePrices({ from: place(file), state, json: true }, terminal), OK);
    assert.equal(JSON.parse(out()).file, join(state, 'prices.jsonl'));
  });
}

const refused: readonly (readonly [why: string, answer: (to: ServerResponse) => void, message: RegExp])[] = [
  ['not found', (to) => to.writeHead(404).end(), /answered with status 404\. Nothing was changed\.$/],
  ['a redirect', (to) => to.writeHead(302, { location: '/x' }).end(), /status 302/],
  ['no JSON', (to) => to.end('<html>'), /is not a list of prices: It is not JSON\. Nothing was changed\.$/],
  ['another list', (to) => to.end('[{"id":"x","models":[]}]'), /It has no models of "anthropic"\./],
  [
    'a broken answer',
    (to) => to.writeHead(200, { 'content-length': 9 }).end('[', () => to.destroy()),
    /could not be asked/,
  ],
];
for (const [why, answer, message] of refused) {
  test(`an update that is ${why} leaves everything as it was`, async (t) => {
    const from = await serving(t, answer);
    const state = freshState();
    const before = recordTerminal();
    const file = join(home, 'data.json');
    writeFileSync(file, JSON.stringify(await published()));
    await updatePrices({ from: file, state }, before.terminal);
    const kept = readFileSync(join(state, 'prices.jsonl'), 'utf8');
    await assert.rejects(updatePrices({ from, state }, recordTerminal().terminal), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.code, FAILED);
      assert.match(error.message, message);
      return true;
    });
    assert.equal(readFileSync(join(state, 'prices.jsonl'), 'utf8'), kept);
    assert.equal(existsSync(join(state, 'prices.jsonl.new')), false);
  });
}

test('a file that is not there is a wrong command line', async () => {
  const from = join(home, 'nowhere.json');
  await assert.rejects(updatePrices({ from, state: freshState() }, recordTerminal().terminal), {
    code: USAGE,
  });
});

const slips: readonly (readonly [string, string | undefined, RegExp])[] = [
  ['gtp-4o', undefined, /has no model "gtp-4o"\. Did you mean "gpt-4o"\?$/],
  ['gpt-4o', 'nope', /^There is no provider "nope"\. There are: /],
  ['gpt-4o', 'opnai', /^There is no provider "opnai"\. Did you mean "openai"\?$/],
  ['gpt-4o', 'sim', /^The catalogue has no part for "sim"\.$/],
];

for (const [model, provider, message] of slips) {
  test(`a slip is answered with what was meant: ${model} of ${provider ?? 'any'}`, () => {
    const flags = { state: freshState(), ...(provider === undefined ? {} : { provider }) };
    assert.throws(() => prices(model, flags, recordTerminal().terminal), { message });
  });
}
