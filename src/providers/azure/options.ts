// What a config may say about Azure: which version of its API, and how a token is bought where no key is used.
import * as z from 'zod';
import { sharedFiles } from '../shared-store.ts';

const text = () => z.string().min(1);

export const azureOptions = z
  .strictObject({
    api_version: z
      .string()
      .regex(/^(?:v1|preview|latest|\d{4}-\d{2}-\d{2}(?:-preview)?)$/)
      .meta({ title: 'a version of the API', examples: ['2024-10-21', 'preview'] })
      .describe('A dated one selects the older paths, which name the deployment.')
      .optional(),
    auth: z
      .enum(['key', 'token', 'managed_identity'])
      .describe('What the secret is: an API key, or a token of Entra; or ask the machine for one.')
      .optional(),
    tenant_id: text()
      .describe('With client_id: tokens are bought from Entra; the secret is its secret.')
      .optional(),
    client_id: text()
      .describe('Of the application, or of a managed identity that is not the only one.')
      .optional(),
    federated_token_file: text().describe('A file that proves who we are, in place of a secret.').optional(),
    authority: z.url().describe('In place of https://login.microsoftonline.com.').optional(),
    scope: text().describe('What the token is for.').optional(),
    identity_endpoint: z.url().describe('Where to ask for a managed identity.').optional(),
    identity_header: text().describe('What to show there.').optional(),
    shared_files: sharedFiles(),
  })
  .refine((options) => options.tenant_id === undefined || options.client_id !== undefined, {
    path: ['client_id'],
    message: 'is needed with tenant_id',
  });
