// Meaning to a call. It holds the whole conversation and asks that nothing of it is kept: what only lies with the
// vendor would be lost to every other target. Fields without an exact counterpart are named in the ledger; what would
// change the meaning is refused.
import type { CallContent } from '../../canonical/content.ts';
import { geminiVersion } from '../../canonical/gemini-version.ts';
import { formatInWords } from '../../canonical/gemini-wishes.ts';
import type { Json } from '../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { encodeConfig, encodeFormat } from './encode-config.ts';
import { encodeInput } from './encode-input.ts';
import { encodeSystem } from './encode-system.ts';
import { encodeTools } from './encode-tools.ts';
import type { Encoding, Wire } from './encoding.ts';

/** The shape of everything here; the vendor has changed it before. */
const headers = { 'api-revision': '2026-05-20' };

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const { ledger, quirks, model, seals } = options;
  const encoding: Encoding = { ledger, model, version: geminiVersion(model), quirks, seals };
  const words = formatInWords(content, { ledger, version: encoding.version, native: false });
  const system = encodeSystem(content.system, words, encoding);
  const { tools, choice } = encodeTools(content, encoding);
  const config = encodeConfig(content, choice, options, encoding);
  const format = words === undefined ? encodeFormat(content.format) : undefined;
  const body: Wire = { model, input: encodeInput(content.messages, encoding) as unknown as Json };
  if (system !== undefined) body.system_instruction = system;
  if (tools.length > 0) body.tools = tools;
  if (Object.keys(config).length > 0) body.generation_config = config;
  if (format !== undefined) body.response_format = format;
  const tier = serviceTier(content.serviceTier, encoding);
  if (tier !== undefined) body.service_tier = tier;
  nameLosses(content, encoding);
  body.store = false;
  if (content.stream) body.stream = true;
  return { body, headers };
}

/** What everybody gets who asks for nothing. */
const USUAL_TIERS = new Set(['auto', 'default', 'standard', 'standard_only']);
const OWN_TIERS = new Set(['flex', 'priority']);

function serviceTier(asked: string | undefined, { ledger }: Encoding): string | undefined {
  if (asked === undefined || USUAL_TIERS.has(asked)) return undefined;
  if (OWN_TIERS.has(asked)) return asked;
  ledger.dropped('service_tier');
  return undefined;
}

function nameLosses(content: CallContent, { ledger }: Encoding): void {
  const { user, cacheKey, metadata, extras } = content;
  for (const name of Object.keys(extras)) ledger.dropped(name);
  if (user !== undefined) ledger.dropped('user');
  if (cacheKey !== undefined) ledger.mapped('prompt_cache_key', 'the upstream caches by itself');
  if (metadata !== undefined && Object.keys(metadata).length > 0) ledger.dropped('metadata');
}
