// What a config may say about Vertex AI: whose project, where, and who we are there.
import * as z from 'zod';
import { buckets, sharedFiles } from '../shared-store.ts';

export const vertexOptions = z.strictObject({
  project: z
    .string()
    .regex(/^[a-z0-9.:-]+$/)
    .meta({ title: 'the id of a project', examples: ['my-project'] })
    .describe('Without one the secret must be a key of express mode.')
    .optional(),
  location: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .meta({ title: 'a location', examples: ['global', 'europe-west4'] })
    .describe('Default: global.')
    .optional(),
  credentials_file: z
    .string()
    .min(1)
    .describe('A file of credentials as gcloud writes it, in place of the secret.')
    .optional(),
  metadata_url: z.url().describe('In place of http://metadata.google.internal.').optional(),
  buckets: buckets(),
  shared_files: sharedFiles(),
});
