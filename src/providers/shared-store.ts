// What an operator opens to all callers of an upstream: buckets, and the files of the account they share.
import * as z from 'zod';
import { asArray, asString, type JsonObject } from '../canonical/json.ts';
import type { Quirks } from '../canonical/provider.ts';

export const buckets = () =>
  z
    .array(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9._-]*$/)
        .meta({ title: 'the name of a bucket', examples: ['our-pictures'] }),
    )
    .describe('Callers may name files in these: the upstream reads them with our rights. Default: none.')
    .optional();

export const sharedFiles = () =>
  z
    .boolean()
    .describe(
      'Callers may name what the account keeps, whoever put it there: files, caches, stores, templates. Default: false.',
    )
    .optional();

export function storeQuirks(options: JsonObject): Quirks {
  const listed = asArray(options['buckets'])?.flatMap((name) => asString(name) ?? []);
  return { buckets: listed ?? [], sharedFiles: options['shared_files'] === true };
}
