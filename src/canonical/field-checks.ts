// Typed reads of a call's fields, for dialects in which null means absent. What has the wrong type is refused with its
// place and what belongs there.
import { GatewayError } from './errors.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';

/** `wanted` completes "must be …". */
export function refuse(param: string, wanted: string, remedy?: string): never {
  throw new GatewayError('bad_request', `\`${param}\` must be ${wanted}.`, {
    param,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

export function objectAt(value: Json | undefined, at: string): JsonObject {
  return isObject(value) ? value : refuse(at, 'an object');
}

export function arrayAt(value: Json | undefined, at: string): readonly Json[] {
  return isArray(value) ? value : refuse(at, 'an array');
}

export function stringAt(value: Json | undefined, at: string): string {
  return typeof value === 'string' ? value : refuse(at, 'a string');
}

function numberAt(value: Json, at: string): number {
  return typeof value === 'number' ? value : refuse(at, 'a number');
}

function integerAt(value: Json, at: string): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? value
    : refuse(at, 'a whole number, zero or more');
}

function booleanAt(value: Json, at: string): boolean {
  return typeof value === 'boolean' ? value : refuse(at, 'true or false');
}

/** Null means absent. */
function optional<T>(read: (value: Json, at: string) => T) {
  return (value: Json | undefined, at: string): T | undefined =>
    value === undefined || value === null ? undefined : read(value, at);
}

export const optionalObject = optional(objectAt);
export const optionalArray = optional(arrayAt);
export const optionalString = optional(stringAt);
export const optionalNumber = optional(numberAt);
export const optionalInteger = optional(integerAt);
export const optionalBoolean = optional(booleanAt);

export function oneOf<T extends string>(value: Json | undefined, allowed: readonly T[], at: string): T {
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  const words = allowed.map((word) => `"${word}"`).join(', ');
  return refuse(at, `one of ${words}`);
}
