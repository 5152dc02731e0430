// Reads the fields of a caller's JSON with their types checked; what is wrong is named by its path. As the
// vendor does, it takes every name in camelCase and in snake_case, and a lone object where a list is meant.
import { GatewayError } from '../../canonical/errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';

export class Fields {
  readonly value: JsonObject;
  readonly path: string;

  constructor(value: JsonObject, path = '') {
    this.value = value;
    this.path = path;
  }

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Null counts as absent. */
  get(name: string): Json | undefined {
    const value = this.value[name] ?? undefined;
    const snake = snakeOf(name);
    const other = snake === name ? undefined : (this.value[snake] ?? undefined);
    if (value !== undefined && other !== undefined) throw givenTwice(this.at(name), snake);
    return value ?? other;
  }

  /** The fields not in `known` (in camelCase), spelled as they came; undefined when there are none. */
  rest(known: ReadonlySet<string>): JsonObject | undefined {
    const others: Record<string, Json> = {};
    let some = false;
    for (const [name, value] of Object.entries(this.value)) {
      if (value === undefined || value === null || known.has(camelOf(name))) continue;
      others[name] = value;
      some = true;
    }
    return some ? others : undefined;
  }

  string(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw wrongType(this.at(name), 'a string', value);
  }

  number(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'number') return value;
    throw wrongType(this.at(name), 'a number', value);
  }

  integer(name: string): number | undefined {
    const value = this.number(name);
    if (value === undefined || Number.isInteger(value)) return value;
    throw wrongType(this.at(name), 'a whole number', value);
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw wrongType(this.at(name), 'true or false', value);
  }

  object(name: string): Fields | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (isObject(value)) return new Fields(value, this.at(name));
    throw wrongType(this.at(name), 'an object', value);
  }

  /** A list of objects. */
  objects(name: string): readonly Fields[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (isObject(value)) return [new Fields(value, this.at(name))];
    if (!isArray(value)) throw wrongType(this.at(name), 'a list', value);
    return value.map((item, index) => {
      if (isObject(item)) return new Fields(item, `${this.at(name)}[${index}]`);
      throw wrongType(`${this.at(name)}[${index}]`, 'an object', item);
    });
  }

  strings(name: string): readonly string[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!isArray(value)) throw wrongType(this.at(name), 'a list', value);
    return value.map((item, index) => {
      if (typeof item === 'string') return item;
      throw wrongType(`${this.at(name)}[${index}]`, 'a string', item);
    });
  }

  requireString(name: string): string {
    return this.string(name) ?? missing(this.at(name), 'a string');
  }
}

/** `maxOutputTokens` for `max_output_tokens`; names without underscores are what they are. */
export function camelOf(name: string): string {
  if (!name.includes('_')) return name;
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const snakes = new Map<string, string>();

export function snakeOf(name: string): string {
  let snake = snakes.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakes.set(name, snake);
  }
  return snake;
}

export function wrongType(path: string, expected: string, value: Json): GatewayError {
  return new GatewayError('bad_request', `\`${path}\` must be ${expected}, but is ${kindOf(value)}.`, {
    param: path,
  });
}

export function wrongValue(path: string, value: string, allowed: readonly string[]): GatewayError {
  const message = `\`${path}\` is "${value.slice(0, 80)}", which is not one of its values.`;
  const listed = allowed.map((word) => `"${word}"`).join(', ');
  return new GatewayError('bad_request', message, { param: path, remedy: `Use ${listed}.` });
}

export function missing(path: string, expected: string): never {
  throw new GatewayError('bad_request', `\`${path}\` is missing.`, {
    param: path,
    remedy: `Send ${expected} there.`,
  });
}

function givenTwice(path: string, snake: string): GatewayError {
  return new GatewayError('bad_request', `\`${path}\` is given twice, the second time as "${snake}".`, {
    param: path,
    remedy: 'Send one of them.',
  });
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'a list';
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
