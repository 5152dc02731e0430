// Discovery's manners: a missing or odd field is unknown, an odd answer is an error in a sentence.
import { type ErrorCode, GatewayError } from '../canonical/errors.ts';
import { asArray, asNumber, asString, isObject, type Json, type JsonObject } from '../canonical/json.ts';
import type { Price } from '../canonical/money.ts';
import type { Ability, ModelFacts, Probe, ProbeAnswer } from '../canonical/provider.ts';

/** The JSON at `path`, or a GatewayError that says what came instead. */
export async function ask(probe: Probe, path: string): Promise<JsonObject> {
  return bodyOf(await probe.get(path), path);
}

/** The JSON at `path`, or undefined for whatever reason. */
export async function tryAsk(probe: Probe, path: string): Promise<JsonObject | undefined> {
  try {
    return bodyOf(await probe.get(path), path);
  } catch {
    return undefined;
  }
}

export async function tryPost(probe: Probe, path: string, body: JsonObject): Promise<JsonObject | undefined> {
  try {
    return bodyOf(await probe.post(path, body), path);
  } catch {
    return undefined;
  }
}

function bodyOf(answer: ProbeAnswer, path: string): JsonObject {
  const { status, body } = answer;
  if (status !== 200) {
    throw new GatewayError(codeOf(status), `The upstream answered ${path} with status ${status}.`, {
      remedy: status === 401 || status === 403 ? 'Check the secret of this upstream.' : 'Check its URL.',
      upstream: { status },
    });
  }
  if (!isObject(body)) {
    throw new GatewayError(
      'upstream_garbled',
      `The upstream answered ${path} with something that is not JSON.`,
      {
        remedy: 'Check its URL.',
      },
    );
  }
  return body;
}

function codeOf(status: number): ErrorCode {
  return status === 401 || status === 403 ? 'upstream_auth' : 'upstream_fault';
}

/** The objects in a list, odd entries left out; an error when there is no list at all. */
export function listIn(body: JsonObject, field: string, path: string): readonly JsonObject[] {
  const list = asArray(body[field]);
  if (list === undefined) {
    throw new GatewayError('upstream_garbled', `The upstream's answer to ${path} has no list "${field}".`, {
      remedy: 'Check its URL and provider.',
    });
  }
  return list.filter(isObject);
}

/** A name worth keeping: a string with something in it. */
export function nameIn(value: Json | undefined): string | undefined {
  const text = asString(value);
  return text === '' ? undefined : text;
}

/** A token count worth believing. */
export function tokensIn(...values: readonly (Json | undefined)[]): number | undefined {
  for (const value of values) {
    const count = asNumber(value);
    if (count !== undefined && Number.isInteger(count) && count > 0) return count;
  }
  return undefined;
}

export interface Learned {
  readonly contextWindow?: number | undefined;
  readonly maxOutput?: number | undefined;
  readonly abilities?: readonly Ability[] | undefined;
  readonly price?: Price | undefined;
}

/** Facts with only the fields that are known. */
export function factsOf(id: string, learned: Learned): ModelFacts {
  return {
    id,
    ...(learned.contextWindow === undefined ? {} : { contextWindow: learned.contextWindow }),
    ...(learned.maxOutput === undefined ? {} : { maxOutput: learned.maxOutput }),
    ...(learned.abilities === undefined ? {} : { abilities: learned.abilities }),
    ...(learned.price === undefined ? {} : { price: learned.price }),
  };
}
