// Reads the fields of a caller's JSON as the vendor does: every name in camelCase and in snake_case, and a lone object
// where a list is meant.
import { GatewayError } from '../../canonical/errors.ts';
import { Fields as ExactFields, wrongType as wrongKind } from '../../canonical/fields.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';

export class Fields extends ExactFields {
  override get(name: string): Json | undefined {
    const value = super.get(name);
    const snake = snakeOf(name);
    const other = snake === name ? undefined : super.get(snake);
    if (value !== undefined && other !== undefined) throw givenTwice(this.at(name), snake);
    return value ?? other;
  }

  /** `known` in camelCase; the others are spelled as they came. */
  override rest(known: ReadonlySet<string>): JsonObject | undefined {
    const others: Record<string, Json> = {};
    let some = false;
    for (const [name, value] of Object.entries(this.value)) {
      if (value === undefined || value === null || known.has(camelOf(name))) continue;
      others[name] = value;
      some = true;
    }
    return some ? others : undefined;
  }

  override objects(name: string): readonly this[] | undefined {
    const value = this.get(name);
    return isObject(value) ? [this.inside(value, this.at(name))] : super.objects(name);
  }

  integer(name: string): number | undefined {
    const value = this.number(name);
    if (value === undefined || Number.isInteger(value)) return value;
    throw this.wrong(this.at(name), 'a whole number', value);
  }

  strings(name: string): readonly string[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!isArray(value)) throw this.wrong(this.at(name), 'a list', value);
    return value.map((item, index) => {
      if (typeof item === 'string') return item;
      throw this.wrong(`${this.at(name)}[${index}]`, 'a string', item);
    });
  }

  protected override wrong(path: string, expected: string, value: Json): GatewayError {
    return wrongType(path, expected, value);
  }
}

/** A number is named itself: nearly always a fraction where a whole one belongs. */
export function wrongType(path: string, expected: string, value: Json): GatewayError {
  return wrongKind(path, expected, value, typeof value === 'number' ? `${value}` : undefined);
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

function givenTwice(path: string, snake: string): GatewayError {
  return new GatewayError('bad_request', `\`${path}\` is given twice, the second time as "${snake}".`, {
    param: path,
    remedy: 'Send one of them.',
  });
}
