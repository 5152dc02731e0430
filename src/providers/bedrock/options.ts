// What a config may say about Bedrock: where, and whose credentials sign the calls.
import * as z from 'zod';
import { buckets } from '../shared-store.ts';

const text = () => z.string().min(1);

export const bedrockOptions = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/)
    .meta({ title: 'an AWS region', examples: ['eu-central-1', 'us-east-1'] })
    .describe('Decides address and signature. From AWS_REGION if it is not stated.')
    .optional(),
  access_key_id: text()
    .describe('With it the secret is the secret access key; without it an API key of Bedrock.')
    .optional(),
  session_token: text().describe('Of credentials that expire.').optional(),
  credentials: z
    .enum(['profile', 'container', 'instance'])
    .describe('Where to fetch credentials instead: a profile on this machine, or the role of what we run on.')
    .optional(),
  profile: text().describe('Which profile of the credentials file.').optional(),
  credentials_file: text().describe('In place of ~/.aws/credentials.').optional(),
  container_uri: text().describe('Where a container asks for its credentials.').optional(),
  container_token: text().describe('What it shows there.').optional(),
  container_token_file: text().describe('A file that holds what it shows there.').optional(),
  buckets: buckets(),
});
