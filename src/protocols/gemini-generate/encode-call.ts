// Meaning to a call. Fields without an exact counterpart are named in the ledger; what would change the
// meaning is refused.
import type { CallContent } from '../../canonical/content.ts';
import { geminiVersion } from '../../canonical/gemini-version.ts';
import { formatInWords } from '../../canonical/gemini-wishes.ts';
import { refusedAddress } from '../../canonical/google-files.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { closedIn } from './addresses.ts';
import { countBody } from './count-tokens.ts';
import { encodeConfig, withExtras } from './encode-config.ts';
import { encodeContents, encodeSystem } from './encode-contents.ts';
import { encodeToolbox } from './encode-tools.ts';
import type { Encoding, Wire } from './encoding.ts';
import { isNative } from './origin.ts';

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const { ledger, quirks, model, operation } = options;
  const encoding: Encoding = {
    ledger,
    native: isNative(content),
    version: geminiVersion(model),
    quirks,
    seals: options.seals,
  };
  const body = encodeBody(content, encoding, options);
  const closed = closedIn(body, quirks);
  if (closed !== undefined) throw refusedAddress(closed);
  const counted = operation === 'count' ? countBody(body, model, quirks.bareCount !== true) : body;
  return { body: counted, headers: {} };
}

function encodeBody(content: CallContent, encoding: Encoding, options: EncodeOptions): JsonObject {
  const words = formatInWords(content, encoding);
  const system = encodeSystem(content, encoding);
  const parts = system === undefined ? [] : (system.parts as Wire[]);
  if (words !== undefined) parts.push({ text: words });
  const { tools, calling } = encodeToolbox(content, encoding);
  const own = ownExtras(content, encoding);
  const asked = words === undefined ? content : withoutFormat(content);
  const config = withExtras(encodeConfig(asked, encoding, options), own.config);
  const toolConfig = withExtras(calling === undefined ? {} : { functionCallingConfig: calling }, own.tools);
  const body: Wire = { contents: encodeContents(content.messages, encoding) as unknown as Json };
  if (parts.length > 0) body.systemInstruction = { parts };
  if (tools.length > 0) body.tools = tools;
  if (Object.keys(toolConfig).length > 0) body.toolConfig = toolConfig;
  if (Object.keys(config).length > 0) body.generationConfig = config;
  nameLosses(content, encoding);
  return { ...body, ...own.top };
}

function withoutFormat({ format: _, ...content }: CallContent): CallContent {
  return content;
}

interface OwnExtras {
  readonly top: Wire;
  readonly config: Wire;
  readonly tools: Wire;
}

/** Our own caller's fields go back as they were; those of others are named. */
function ownExtras(content: CallContent, { native, ledger }: Encoding): OwnExtras {
  const own = { top: {} as Wire, config: {} as Wire, tools: {} as Wire };
  for (const [name, value] of Object.entries(content.extras)) {
    if (!native) ledger.dropped(name);
    else if (name.startsWith('generationConfig.')) own.config[name.slice('generationConfig.'.length)] = value;
    else if (name.startsWith('toolConfig.')) own.tools[name.slice('toolConfig.'.length)] = value;
    else own.top[name] = value;
  }
  return own;
}

/** What everybody gets who asks for nothing. */
const USUAL_TIERS = new Set(['auto', 'default', 'standard', 'standard_only']);

function nameLosses({ user, cacheKey, serviceTier, metadata }: CallContent, { ledger }: Encoding): void {
  if (user !== undefined) ledger.dropped('user');
  if (cacheKey !== undefined) ledger.mapped('prompt_cache_key', 'the upstream caches by itself');
  if (serviceTier !== undefined && !USUAL_TIERS.has(serviceTier)) ledger.dropped('service_tier');
  if (metadata !== undefined && Object.keys(metadata).length > 0) ledger.dropped('metadata');
}
