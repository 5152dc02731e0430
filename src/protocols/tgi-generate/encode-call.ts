// Meaning to a call of /generate_stream. Fields without an exact counterpart are named in the ledger.
import { barePrompt } from '../../canonical/bare-prompt.ts';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';
import { encodeExtras } from './encode-extras.ts';
import { encodeSampling } from './encode-sampling.ts';

/** As its clients call what was started without a name: no adapter is meant. */
const BASE = 'tgi';

export function encodeCall(content: CallContent, { model, ledger }: EncodeOptions): EncodedCall {
  refuseSeveral(content);
  nameLosses(content, ledger);
  const parameters = given<Record<string, Json>>({
    details: true,
    // Unstated it is a hundred tokens in older versions; null is as long as the window allows.
    max_new_tokens: content.maxTokens ?? null,
    ...encodeSampling(content, ledger),
    stop: encodeStop(content, ledger),
    top_n_tokens: encodeLogprobs(content, ledger),
    grammar: encodeFormat(content, ledger),
    // Its own completions read the name of the model so: one it does not know is the model itself.
    adapter_id: model === BASE ? undefined : model,
    ...encodeExtras(content, ledger),
  });
  return { body: { inputs: barePrompt(content, ledger), parameters }, headers: {} };
}

function refuseSeveral({ n }: CallContent): void {
  if (n === undefined || n === 1) return;
  throw new GatewayError('unsupported', `The chosen model gives one answer to a call, not ${n}.`, {
    param: 'n',
    remedy: 'Ask for one answer, as often as you want one.',
  });
}

function encodeStop({ stop }: CallContent, ledger: Ledger): readonly string[] | undefined {
  if (stop === undefined || stop.length === 0) return undefined;
  ledger.approximated('stop', 'the answer keeps the text it stopped at');
  return stop;
}

/** That of the chosen token is always told, but only beside alternatives is it known that somebody asked. */
function encodeLogprobs({ logprobs }: CallContent, ledger: Ledger): number | undefined {
  if (logprobs === undefined) return undefined;
  const top = logprobs.top ?? 0;
  if (top === 0) ledger.mapped('logprobs', 'with the likeliest token beside each');
  return Math.max(1, top);
}

/** JSON of any shape is no grammar here. */
function encodeFormat({ format }: CallContent, ledger: Ledger): JsonObject | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  if (format.type === 'schema') return { type: 'json', value: format.schema };
  ledger.dropped('format', 'only a schema can be enforced');
  return undefined;
}

function nameLosses(content: CallContent, ledger: Ledger): void {
  if (content.logitBias !== undefined) ledger.dropped('logit_bias');
  if (content.presencePenalty !== undefined && content.presencePenalty !== 0) {
    ledger.dropped('presence_penalty');
  }
  if (content.reasoning !== undefined) ledger.dropped('reasoning');
  if (content.verbosity !== undefined) ledger.dropped('verbosity');
  if (content.user !== undefined) ledger.dropped('user');
  if (content.cacheKey !== undefined) ledger.dropped('prompt_cache_key', 'the engine caches by itself');
  if (content.serviceTier !== undefined) ledger.dropped('service_tier');
  if (content.metadata !== undefined) ledger.dropped('metadata');
}
