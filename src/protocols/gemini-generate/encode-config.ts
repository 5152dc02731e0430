// `generationConfig`: sampling, bounds, the shape of the answer.
import type { CallContent, OutputFormat } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { type Encoding, present } from './encoding.ts';
import { isAtLeast, since } from './gemini-version.ts';

const MOST_STOPS = 5;
const MOST_SEED = 2 ** 31 - 1;

export function encodeConfig(content: CallContent, encoding: Encoding, options: EncodeOptions): JsonObject {
  const { ledger, native, version } = encoding;
  if (content.logitBias !== undefined) ledger.dropped('logit_bias');
  const reasoning = { model: options.model, version, ledger, native };
  return present({
    maxOutputTokens: maxTokens(content.maxTokens, options),
    temperature: content.temperature,
    topP: content.topP,
    topK: content.topK,
    candidateCount: candidates(content, encoding),
    stopSequences: stops(content.stop, encoding, options),
    seed: seed(content.seed, encoding),
    presencePenalty: content.presencePenalty,
    frequencyPenalty: content.frequencyPenalty,
    responseLogprobs: content.logprobs === undefined ? undefined : true,
    logprobs: content.logprobs?.top,
    ...encodeFormat(content.format),
    thinkingConfig: encodeReasoning(content.reasoning, reasoning),
  });
}

function maxTokens(asked: number | undefined, { facts, ledger }: EncodeOptions): number | undefined {
  const most = facts?.maxOutput;
  if (asked === undefined || most === undefined || asked <= most) return asked;
  ledger.approximated('max_tokens', `${asked}: the model gives ${most} at most`);
  return most;
}

/** Several answers at once: not in a stream, and not from the newest models. */
function candidates({ n, stream }: CallContent, { native, version }: Encoding): number | undefined {
  if (n === undefined || (n === 1 && !native)) return undefined;
  if (n === 1 || native || !(stream || isAtLeast(version, since.levels))) return n;
  const where = stream ? 'in a stream' : 'per call';
  throw new GatewayError('unsupported', `The chosen model gives one answer ${where}, but \`n\` is ${n}.`, {
    param: 'n',
    remedy: 'Leave `n` out, and call several times for several answers.',
  });
}

function stops(
  asked: readonly string[] | undefined,
  { ledger, native }: Encoding,
  { quirks }: EncodeOptions,
): readonly string[] | undefined {
  if (asked === undefined || native) return asked;
  const usable = asked.filter((text) => text !== '');
  if (usable.length < asked.length) ledger.mapped('stop', 'an empty stop string stops nothing');
  const most = quirks.mostStops ?? MOST_STOPS;
  for (let at = most; at < usable.length; at += 1) {
    ledger.dropped(`stop[${at}]`, `the upstream takes ${most} stop strings`);
  }
  return usable.length === 0 ? undefined : usable.slice(0, most);
}

/** Seeds have 32 bits here: larger ones are folded, always to the same. */
function seed(asked: number | undefined, { ledger }: Encoding): number | undefined {
  if (asked === undefined || (Number.isInteger(asked) && Math.abs(asked) <= MOST_SEED)) return asked;
  ledger.mapped('seed', 'folded to 32 bits');
  return Math.abs(Math.trunc(asked)) % MOST_SEED;
}

function encodeFormat(format: OutputFormat | undefined): JsonObject {
  switch (format?.type) {
    case 'json':
      return { responseMimeType: 'application/json' };
    case 'schema':
      return { responseMimeType: 'application/json', responseJsonSchema: format.schema };
    default:
      return {};
  }
}

/** Models before 3 refuse a shape for the answer together with tools: the model is told of it instead. */
export function formatInWords(
  content: CallContent,
  { version, native, ledger }: Encoding,
): string | undefined {
  const { format } = content;
  const apart = version !== undefined && version < since.levels && content.tools.length > 0 && !native;
  if (!apart || format === undefined || format.type === 'text') return undefined;
  ledger.approximated('response_format', 'said in words: this model takes no schema together with tools');
  const schema =
    format.type === 'schema' ? ` that matches this JSON Schema:\n${JSON.stringify(format.schema)}` : '.';
  return `When you answer, and do not call a tool, answer with nothing but JSON${schema}`;
}

/** Fields that stood inside the caller's own config go back there. */
export function withExtras(config: JsonObject, extras: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...config };
  for (const [name, value] of Object.entries(extras)) {
    const own = asObject(merged[name]);
    merged[name] = own === undefined ? value : { ...own, ...asObject(value) };
  }
  return merged;
}
