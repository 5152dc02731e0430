import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { settled } from '../../test/testkit/flow-doubles.ts';
import { writeSheet } from '../catalogue/sheet.ts';
import { defaultConfig } from '../config/defaults.ts';
import type { Config } from '../config/schema.ts';
import { PriceList } from './price-list.ts';

const home = mkdtempSync(join(tmpdir(), 'signalbox-prices-'));
after(() => rmSync(home, { recursive: true }));

function configWith(provider: string): Config {
  const config = defaultConfig();
  return { ...config, upstreams: config.upstreams.map((upstream) => ({ ...upstream, provider })) };
}

let files = 0;
function setting() {
  files += 1;
  const file = join(home, `prices-${files}.jsonl`);
  const problems: string[] = [];
  return { file, problems, prices: new PriceList(file, (message) => problems.push(message)) };
}

function sheet(edition: string): string {
  const source = { source: 'test', edition, date: '2026-11-20' };
  return writeSheet(source, [{ service: 'openai', models: [{ id: 'm', window: 5 }] }]);
}

test('a house with engines of its own only loads nothing', async () => {
  const { prices } = setting();
  for (const provider of ['ollama', 'sim', 'openai-compatible']) await prices.want(configWith(provider));
  assert.equal(prices.catalogue.sheet, undefined);
});

test('a service it knows makes it load what this version brought along', async () => {
  const { prices } = setting();
  await prices.want(configWith('openai'));
  assert.equal(prices.catalogue.sheet?.source.source, '@pydantic/genai-prices');
});

test('what an update left goes before that, and a later one takes its place', async () => {
  const { prices, file } = setting();
  writeFileSync(file, sheet('2'));
  await prices.want(configWith('openai'));
  assert.equal(prices.catalogue.sheet?.source.edition, '2');
  prices.refresh();
  assert.equal(prices.catalogue.edition, 1, 'the same file is not read again');
  writeFileSync(file, sheet('3'));
  utimesSync(file, 1, 1);
  prices.refresh();
  assert.equal(prices.catalogue.sheet?.source.edition, '3');
});

test('a file that is taken away gives place to what this version brought along', async () => {
  const { prices, file } = setting();
  writeFileSync(file, sheet('2'));
  await prices.want(configWith('openai'));
  rmSync(file);
  prices.refresh();
  await prices.want(configWith('openai'));
  await settled();
  assert.equal(prices.catalogue.sheet?.source.source, '@pydantic/genai-prices');
});

for (const [what, text] of [
  ['half a file', sheet('2').slice(0, -9)],
  ['no sheet', 'hello'],
  ['nothing', ''],
] as const) {
  test(`${what} is said aloud and not used`, async () => {
    const { prices, file, problems } = setting();
    writeFileSync(file, text);
    await prices.want(configWith('openai'));
    assert.equal(prices.catalogue.sheet?.source.source, '@pydantic/genai-prices');
    assert.match(problems.join(), /cannot be read, and those of this version are used/);
  });
}
