// Reads the fields of a caller's JSON with their types checked; what is wrong is named by its path.
// Null counts as absent, as it does for OpenAI. Dialects that read names or lists in another way extend it.
import { GatewayError } from './errors.ts';
import { isArray, isObject, type Json, type JsonObject, restOf } from './json.ts';

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

  get(name: string): Json | undefined {
    return this.value[name] ?? undefined;
  }

  /** The fields not in `known`, for nobody but this dialect. */
  rest(known: ReadonlySet<string>): JsonObject | undefined {
    return restOf(this.value, known);
  }

  /** As `rest`, with what an object inside (`inner`) has beyond `innerKnown` under that object's name. */
  restWithin(
    known: ReadonlySet<string>,
    inner: string,
    innerKnown: ReadonlySet<string>,
  ): JsonObject | undefined {
    const value = this.get(inner);
    const within = isObject(value) ? restOf(value, innerKnown) : undefined;
    const rest = this.rest(known);
    return within === undefined ? rest : { ...rest, [inner]: within };
  }

  string(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrong(this.at(name), 'a string', value);
  }

  number(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'number') return value;
    throw this.wrong(this.at(name), 'a number', value);
  }

  /** A whole number of at least `least`. */
  count(name: string, least: number): number | undefined {
    const value = this.number(name);
    if (value === undefined || (Number.isInteger(value) && value >= least)) return value;
    const message = `\`${this.at(name)}\` must be a whole number of at least ${least}, but is ${value}.`;
    throw new GatewayError('bad_request', message, {
      param: this.at(name),
    });
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.wrong(this.at(name), 'true or false', value);
  }

  object(name: string): this | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (isObject(value)) return this.inside(value, this.at(name));
    throw this.wrong(this.at(name), 'an object', value);
  }

  /** A list of objects. */
  objects(name: string): readonly this[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!isArray(value)) throw this.wrong(this.at(name), 'a list', value);
    return value.map((item, index) => {
      if (isObject(item)) return this.inside(item, `${this.at(name)}[${index}]`);
      throw this.wrong(`${this.at(name)}[${index}]`, 'an object', item);
    });
  }

  requireString(name: string): string {
    return this.string(name) ?? missing(this.at(name), 'a string');
  }

  requireObject(name: string): this {
    return this.object(name) ?? missing(this.at(name), 'an object');
  }

  /** An object within, read in the same way. */
  protected inside(value: JsonObject, path: string): this {
    const Same = this.constructor as new (value: JsonObject, path: string) => this;
    return new Same(value, path);
  }

  protected wrong(path: string, expected: string, value: Json): GatewayError {
    return wrongType(path, expected, value);
  }
}

/** `found`: what is there instead, where the kind of value does not say enough. */
export function wrongType(
  path: string,
  expected: string,
  value: Json,
  found: string = kindOf(value),
): GatewayError {
  return new GatewayError('bad_request', `\`${path}\` must be ${expected}, but is ${found}.`, {
    param: path,
  });
}

export function wrongValue(path: string, value: string, allowed: readonly string[]): GatewayError {
  const message = `\`${path}\` is "${value.slice(0, 80)}", which is not one of its values.`;
  return new GatewayError('bad_request', message, { param: path, remedy: `Use ${listed(allowed)}.` });
}

export function missing(path: string, expected: string): never {
  throw new GatewayError('bad_request', `\`${path}\` is missing.`, {
    param: path,
    remedy: `Send ${expected} there.`,
  });
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function listed(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}
