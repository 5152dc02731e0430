// `signalbox prices`: what the catalogue knows of a model, which services it knows, and where it comes from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDollars, type Price, type Rates } from '../canonical/money.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { sheetText } from '../catalogue/data.ts';
import { Sheet } from '../catalogue/sheet.ts';
import { didYouMean } from '../config/nearest.ts';
import { providers } from '../providers/registry.ts';
import { SHEET_FILE } from '../server/price-list.ts';
import { CommandError, FAILED, OK, USAGE } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';
import { stateOf } from './whereabouts.ts';

export interface PricesFlags {
  readonly provider?: string;
  readonly services?: boolean;
  readonly state?: string;
  readonly json?: boolean;
}

interface Entry {
  readonly provider: string;
  readonly id: string;
  readonly contextWindow: number | undefined;
  readonly price: Price | undefined;
  readonly until: number;
}

export function prices(model: string | undefined, flags: PricesFlags, terminal: Terminal): number {
  const { sheet, file } = sheetIn(stateOf(flags, terminal.env));
  const from = { ...sheet.source, file };
  if (model === undefined || flags.services === true) return overview(sheet, from, flags, terminal);
  refuseUnknownProvider(flags.provider);
  const entries = entriesOf(sheet, model, flags.provider);
  if (entries.length === 0) throw new CommandError(FAILED, unknown(sheet, model, flags.provider));
  if (flags.json === true) {
    const told = { ok: true, model, entries: entries.map(asJson), from };
    terminal.out.write(`${JSON.stringify(told)}\n`);
  } else
    terminal.out.write(`${entries.map((entry) => described(entry, terminal)).join('\n')}${origin(from)}`);
  return OK;
}

type From = Sheet['source'] & { readonly file: string | undefined };

/** The one a gateway with this state folder would use. */
function sheetIn(state: string): { readonly sheet: Sheet; readonly file: string | undefined } {
  const file = join(state, SHEET_FILE);
  try {
    return { sheet: new Sheet(readFileSync(file, 'utf8')), file };
  } catch {
    return { sheet: new Sheet(sheetText), file: undefined };
  }
}

function entriesOf(sheet: Sheet, model: string, only: string | undefined): readonly Entry[] {
  const catalogue = new Catalogue();
  catalogue.use(sheet);
  return providers.flatMap(({ id: provider, catalogue: service }) => {
    if (service === undefined || (only !== undefined && only !== provider)) return [];
    const line = catalogue.find(service, model);
    const facts = catalogue.facts(service, model, Date.now());
    if (line === undefined || facts === undefined) return [];
    const { contextWindow, price, until } = facts;
    return [{ provider, id: line.id, contextWindow, price, until }];
  });
}

function refuseUnknownProvider(id: string | undefined): void {
  const known = providers.filter(({ catalogue }) => catalogue !== undefined).map((provider) => provider.id);
  if (id === undefined || known.includes(id)) return;
  const others = didYouMean(id, known) ?? `There are: ${known.join(', ')}.`;
  const exists = providers.some((provider) => provider.id === id);
  const message = exists ? `The catalogue has no part for "${id}".` : `There is no provider "${id}".`;
  throw new CommandError(USAGE, exists ? message : `${message} ${others}`);
}

function unknown(sheet: Sheet, model: string, provider: string | undefined): string {
  const ids = providers.flatMap(({ id, catalogue }) => {
    if (catalogue === undefined || (provider !== undefined && provider !== id)) return [];
    return (sheet.service(catalogue)?.models ?? []).map((line) => line.id);
  });
  const meant = didYouMean(model, ids);
  const where = provider === undefined ? 'The catalogue' : `The catalogue's part for "${provider}"`;
  if (meant !== undefined) return `${where} has no model "${model}". ${meant}`;
  return `${where} has no model "${model}". State its price and window in the config: upstreams.<name>.models.`;
}

function overview(sheet: Sheet, from: From, flags: PricesFlags, { out }: Terminal): number {
  const counts = sheet.services.map((name) => ({ name, models: sheet.service(name)?.models.length ?? 0 }));
  if (flags.json === true) {
    out.write(`${JSON.stringify({ ok: true, services: counts, from })}\n`);
    return OK;
  }
  const lines = counts.map(({ name, models }) => `  ${name.padEnd(14)} ${models} models`);
  out.write(`${out.paint('bold', 'Services in the catalogue')}\n${lines.join('\n')}\n${origin(from)}`);
  return OK;
}

function origin({ source, edition, date, file }: From): string {
  const where = file === undefined ? 'came with this version' : `in ${file}`;
  return `from ${source} ${edition}, ${date} (${where})\n`;
}

const rateNames: readonly (readonly [keyof Rates, string])[] = [
  ['input', 'input'],
  ['output', 'output'],
  ['cacheRead', 'cache read'],
  ['cacheWrite', 'cache write'],
];

function described(entry: Entry, { out }: Terminal): string {
  const { price, contextWindow, until } = entry;
  const window = contextWindow === undefined ? 'unknown' : `${contextWindow.toLocaleString('en-US')} tokens`;
  const lines = [out.paint('bold', `${entry.provider}/${entry.id}`), `  window       ${window}`];
  if (price === undefined) lines.push(`  price        ${out.paint('yellow', 'unpriced')}`);
  else lines.push(...priceLines(price));
  if (until !== Number.POSITIVE_INFINITY) lines.push(`  until        ${new Date(until).toISOString()}`);
  return `${lines.join('\n')}\n`;
}

function priceLines(price: Price): readonly string[] {
  const lines = rateNames.map(([rate, name]) => `  ${name.padEnd(12)} ${perMillionTokens(price, rate)}`);
  if (price.perCall !== undefined) lines.push(`  each call    ${formatDollars(price.perCall)}`);
  return lines;
}

/** `$2.50 per million tokens, $5.00 above 272,000 of input`. */
function perMillionTokens(price: Price, rate: keyof Rates): string {
  const tiers = (price.tiers ?? []).map(
    (tier) => `, ${formatDollars(tier[rate])} above ${tier.above.toLocaleString('en-US')} of input`,
  );
  return `${formatDollars(price[rate])} per million tokens${tiers.join('')}`;
}

function asJson({ until, price, ...entry }: Entry) {
  return {
    ...entry,
    price: price === undefined ? null : { ...ratesAsJson(price), tiers: price.tiers?.map(tierAsJson) ?? [] },
    per_call: price?.perCall === undefined ? null : formatDollars(price.perCall).slice(1),
    until: until === Number.POSITIVE_INFINITY ? null : new Date(until).toISOString(),
  };
}

function tierAsJson(tier: Rates & { readonly above: number }) {
  return { above: tier.above, ...ratesAsJson(tier) };
}

/** Decimal text: numbers would be floats. */
function ratesAsJson(rates: Rates): Readonly<Record<string, string>> {
  return Object.fromEntries(
    rateNames.map(([rate, name]) => [name.replace(' ', '_'), formatDollars(rates[rate]).slice(1)]),
  );
}
