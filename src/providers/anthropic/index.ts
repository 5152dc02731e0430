// Anthropic itself. The version header belongs to the dialect, not to the vendor.
import type { Secret } from '../../canonical/ids.ts';
import type { Provider } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { rootPath } from '../paths.ts';
import { discover } from './discover.ts';

export const anthropic: Provider = {
  id: 'anthropic',
  summary: "Anthropic's own API.",
  zone: 'cloud',
  protocols: ['anthropic-messages'],
  baseUrl: 'https://api.anthropic.com',
  // Not ANTHROPIC_AUTH_TOKEN: that one points Claude Code at gateways and usually holds a key of ours.
  secretEnv: ['ANTHROPIC_API_KEY'],
  baseUrlEnv: ['ANTHROPIC_BASE_URL'],
  authorize,
  path: rootPath,
  also: { 'anthropic-messages': ['count'] },
  quirks: { countsOutput: true, sealedOrigin: 'anthropic', threads: true },
  catalogue: 'anthropic',
  discover,
};

function authorize(secret: Secret | undefined): WireHeaders {
  return secret === undefined ? {} : { 'x-api-key': secret.reveal() };
}
