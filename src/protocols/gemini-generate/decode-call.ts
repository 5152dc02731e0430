// A call's body to its meaning. What has a canonical place goes there; every other field stays, verbatim, in
// `extras`, under the name of what it stood in. The path names the model and says whether to stream: a body does neither.
import type { CallContent } from '../../canonical/content.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';
import { countedCall } from './count-tokens.ts';
import { configExtras, decodeConfig } from './decode-config.ts';
import { decodeContents, decodeSystem } from './decode-contents.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { Fields } from './fields.ts';
import { DIALECT } from './origin.ts';

/** The fields at the top that are given a meaning. */
export const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
]);

export function decodeCall(value: JsonObject, operation: Operation): CallContent {
  const body = new Fields(operation === 'count' ? countedCall(value) : value);
  const config = body.object('generationConfig') ?? new Fields({}, 'generationConfig');
  const { toolChoice, rest } = decodeToolChoice(body);
  return given<CallContent>({
    origin: DIALECT,
    model: body.string('model') ?? '',
    stream: false,
    system: decodeSystem(body),
    messages: decodeContents(body),
    ...decodeTools(body),
    toolChoice,
    parallelToolCalls: undefined,
    ...decodeConfig(config),
    logitBias: undefined,
    user: undefined,
    cacheKey: undefined,
    serviceTier: undefined,
    metadata: undefined,
    includeUsage: true,
    extras: decodeExtras(body, configExtras(config), rest),
  });
}

function decodeExtras(
  body: Fields,
  config: JsonObject | undefined,
  toolConfig: JsonObject | undefined,
): JsonObject {
  const extras: Record<string, Json> = { ...(body.rest(KNOWN) as Record<string, Json> | undefined) };
  for (const [name, value] of Object.entries(config ?? {}))
    extras[`generationConfig.${name}`] = value ?? null;
  for (const [name, value] of Object.entries(toolConfig ?? {})) extras[`toolConfig.${name}`] = value ?? null;
  return extras;
}
