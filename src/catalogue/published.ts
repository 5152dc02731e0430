// The list that `@pydantic/genai-prices` publishes, checked wholly and made a sheet. One thing wrong in it, and
// nothing of it is taken. What is charged by a measure our usage does not tell apart leaves a model unpriced:
// a price that is certainly too low is worse than none.
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
} from '../canonical/json.ts';
import type { ModelLine, NamePattern, PriceLine, RateLine, Service } from './sheet.ts';

/** Thrown for a list that is not one; says where. */
export class PublishedError extends Error {
  override readonly name = 'PublishedError';
}

/** `wanted`: only these services are kept, and all of them must be there. */
export function parsePublished(list: unknown, wanted: readonly string[]): readonly Service[] {
  const providers = asArray(list as Json);
  if (providers === undefined) throw new PublishedError('It is not a list of services.');
  const services = providers.map((provider, at) => serviceOf(provider, `[${at}]`));
  const byName = new Map(services.map((service) => [service.service, service] as const));
  return [...wanted].sort().map((name) => {
    const service = byName.get(name);
    if (service === undefined || service.models.length === 0)
      throw new PublishedError(`It has no models of "${name}".`);
    const others = service.others?.filter((other) => wanted.includes(other)) ?? [];
    const { models } = service;
    return others.length === 0 ? { service: name, models } : { service: name, others, models };
  });
}

function serviceOf(value: Json, path: string): Service {
  const provider = object(value, path);
  const service = text(provider['id'], `${path}.id`);
  const others = asArray(provider['fallback_model_providers'])?.map((other) => text(other, path));
  const models = array(provider['models'], `${path}.models`).map((model, at) =>
    modelOf(model, `${path}.models[${at}]`),
  );
  return { service, ...(others === undefined ? {} : { others }), models };
}

function modelOf(value: Json, path: string): ModelLine {
  const model = object(value, path);
  const id = text(model['id'], `${path}.id`);
  const names = namesOf(model['match'], `${path}.match`, 0);
  const prices = pricesOf(model['prices'], `${path}.prices`);
  const window = model['context_window'];
  return {
    id,
    ...(window === undefined || window === null ? {} : { window: count(window, `${path}.context_window`) }),
    ...(names.length === 1 && names[0] === `=${id}` ? {} : { names }),
    ...(prices.length === 0 ? {} : { prices }),
  };
}

const MOST_DEPTH = 4;
const signs: Readonly<Record<string, string>> = {
  equals: '=',
  starts_with: '^',
  contains: '~',
  ends_with: '$',
};

function namesOf(value: Json | undefined, path: string, depth: number): readonly NamePattern[] {
  const match = object(value, path);
  const [[kind, operand] = ['', undefined], ...more] = Object.entries(match);
  if (more.length > 0 || depth > MOST_DEPTH) throw new PublishedError(`${path} is not a rule about names.`);
  if (kind === 'or' || kind === 'and') {
    const parts = array(operand, `${path}.${kind}`).flatMap((part, at) =>
      namesOf(part, `${path}.${kind}[${at}]`, depth + 1),
    );
    if (parts.length === 0) throw new PublishedError(`${path} is not a rule about names.`);
    return kind === 'or' ? parts : [{ all: parts }];
  }
  const word = text(operand, `${path}.${kind}`);
  if (kind === 'regex') return [`/${regular(word, path)}/`];
  const sign = signs[kind];
  if (sign === undefined) throw new PublishedError(`${path} is not a rule about names.`);
  return [sign + word];
}

function regular(pattern: string, path: string): string {
  try {
    new RegExp(pattern);
  } catch {
    throw new PublishedError(`${path}.regex is not a pattern.`);
  }
  return pattern;
}

function pricesOf(value: Json | undefined, path: string): readonly PriceLine[] {
  const several = asArray(value);
  if (several === undefined) return priceOf(object(value, path), path);
  const lines = several.map((one, at) => {
    const entry = object(one, `${path}[${at}]`);
    const [price] = priceOf(object(entry['prices'], `${path}[${at}].prices`), `${path}[${at}].prices`);
    const when = constraintOf(entry['constraint'], `${path}[${at}].constraint`);
    return price === undefined ? undefined : { ...when, ...price };
  });
  const priced = lines.filter((line) => line !== undefined);
  // Without one of them another would be taken for it.
  return priced.length === lines.length ? priced : [];
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d/;

function constraintOf(value: Json | undefined, path: string): Partial<PriceLine> {
  if (value === undefined || value === null) return {};
  const constraint = object(value, path);
  const from = asString(constraint['start_date']);
  if (from !== undefined && DATE.test(from) && !Number.isNaN(Date.parse(from))) return { from };
  const times = [constraint['start_time'], constraint['end_time']].map(
    (time) => TIME.exec(asString(time) ?? '')?.[0],
  );
  const [start, end] = times;
  if (start !== undefined && end !== undefined) return { daily: [start, end] };
  throw new PublishedError(`${path} is neither a day nor times of a day.`);
}

/** Tokens of another kind that usage counts among the others; they pay what text pays. */
const lumped =
  /^(?:(?:input|output)_(?:audio|image|video)|cache_(?:audio|image|video)_read|cache_write_1h)_mtok$/;
const told = new Set(['input_mtok', 'output_mtok', 'cache_read_mtok', 'cache_write_mtok']);

function priceOf(prices: JsonObject, path: string): readonly PriceLine[] {
  const rates = new Map(
    Object.entries(prices)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, rateOf(value, `${path}.${name}`)] as const),
  );
  const strange = [...rates.keys()].some(
    (name) => name.endsWith('_mtok') && !told.has(name) && !lumped.test(name),
  );
  const input = rates.get('input_mtok');
  if (strange || input === undefined) return [];
  const rate = (name: string, field: string): Readonly<Record<string, RateLine>> => {
    const value = rates.get(name);
    return value === undefined ? {} : { [field]: value };
  };
  const calls = rates.get('requests_kcount');
  return [
    {
      input,
      ...rate('output_mtok', 'output'),
      ...rate('cache_read_mtok', 'read'),
      ...rate('cache_write_mtok', 'write'),
      ...(typeof calls === 'number' ? { call: calls / 1_000 } : {}),
    },
  ];
}

function rateOf(value: Json | undefined, path: string): RateLine {
  if (!isObject(value)) return amount(value, path);
  const tiers = array(value['tiers'], `${path}.tiers`).map((tier, at) => {
    const { start, price } = object(tier, `${path}.tiers[${at}]`);
    return [count(start, `${path}.tiers[${at}].start`), amount(price, `${path}.tiers[${at}].price`)] as const;
  });
  return [amount(value['base'], `${path}.base`), ...tiers.sort(([a], [b]) => a - b).flat()];
}

function amount(value: Json | undefined, path: string): number {
  const dollars = asNumber(value);
  if (dollars !== undefined && dollars >= 0 && dollars < 1e6) return dollars;
  throw new PublishedError(`${path} is not an amount of dollars.`);
}

function count(value: Json | undefined, path: string): number {
  const number = asNumber(value);
  if (number !== undefined && Number.isSafeInteger(number) && number > 0) return number;
  throw new PublishedError(`${path} is not a number of tokens.`);
}

function text(value: Json | undefined, path: string): string {
  const word = asString(value);
  if (word !== undefined && word !== '' && word.length <= 500) return word;
  throw new PublishedError(`${path} is not a word.`);
}

function array(value: Json | undefined, path: string): readonly Json[] {
  const list = asArray(value);
  if (list !== undefined) return list;
  throw new PublishedError(`${path} is not a list.`);
}

function object(value: Json | undefined, path: string): JsonObject {
  const found = asObject(value);
  if (found !== undefined) return found;
  throw new PublishedError(`${path} is not an object.`);
}
