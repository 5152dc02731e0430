// Google's Gemini API, with a key. The same models with an account of Google Cloud are Vertex AI's.
import type { Secret } from '../../canonical/ids.ts';
import type { PathWish, Provider, Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { generateMethod } from '../paths.ts';
import { storeQuirks } from '../shared-store.ts';
import { discover } from './discover.ts';

const quirks: Quirks = { sealedOrigin: 'google' };

export const gemini: Provider = {
  id: 'gemini',
  summary: "Google's Gemini API.",
  zone: 'cloud',
  protocols: ['gemini-generate', 'gemini-interactions'],
  baseUrl: 'https://generativelanguage.googleapis.com',
  secretEnv: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  baseUrlEnv: ['GOOGLE_GEMINI_BASE_URL'],
  authorize,
  prefix: '/v1beta',
  path,
  also: { 'gemini-generate': ['count', 'embed'] },
  catalogue: 'google',
  quirks,
  configure: (options) => ({ quirks: { ...quirks, ...storeQuirks(options) } }),
  discover,
};

function authorize(secret: Secret | undefined): WireHeaders {
  return secret === undefined ? {} : { 'x-goog-api-key': secret.reveal() };
}

function path(wish: PathWish): string | undefined {
  if (wish.protocol === 'gemini-interactions') {
    return wish.operation === 'chat' ? '/v1beta/interactions' : undefined;
  }
  const method = generateMethod(wish);
  return method === undefined ? undefined : `/v1beta/models/{model}${method}`;
}
