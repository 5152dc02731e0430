// Meaning to a call of Cohere's chat. Messages first, since documents in them go beside them. Fields without an
// exact counterpart are named in the ledger.
import type { CallContent, OutputFormat } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeSampling } from './encode-sampling.ts';
import { encodeThinking } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import type { Scribe } from './scribe.ts';

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const { ledger, model } = options;
  const format = encodeFormat(content.format);
  const scribe: Scribe = { ledger, documents: [], grounds: format === undefined, cites: false };
  refuseImpossible(content);
  nameLosses(content, ledger);
  const messages = encodeMessages(content, scribe);
  const body = given<JsonObject>({
    model,
    messages,
    ...encodeTools(content, scribe),
    ...encodeDocuments(scribe),
    response_format: format,
    ...encodeSampling(content, options),
    thinking: encodeThinking(content.reasoning, options),
    stream: content.stream,
  });
  return { body, headers: {} };
}

/** Where there are documents it cites them unless told not to; others only do it when asked. */
function encodeDocuments({ documents, cites }: Scribe): JsonObject {
  if (documents.length === 0) return {};
  return { documents, ...(cites ? {} : { citation_options: { mode: 'OFF' } }) };
}

/** Its name and how strictly it is meant have no place: a schema is always enforced. */
function encodeFormat(format: OutputFormat | undefined): JsonObject | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  return { type: 'json_object', ...(format.type === 'json' ? {} : { json_schema: format.schema }) };
}

function refuseImpossible({ n }: CallContent): void {
  if (n === undefined || n === 1) return;
  throw new GatewayError('unsupported', `The chosen model gives one answer to a call, not ${n}.`, {
    param: 'n',
    remedy: 'Ask for one answer, as often as you want one.',
  });
}

function nameLosses(content: CallContent, ledger: Ledger): void {
  if (Object.keys(content.logitBias ?? {}).length > 0) ledger.dropped('logit_bias');
  if (content.verbosity !== undefined) ledger.dropped('verbosity');
  if ((content.user ?? '') !== '') ledger.dropped('user', 'there is no field for who asks');
  if (content.cacheKey !== undefined) ledger.dropped('prompt_cache_key', 'the upstream caches by itself');
  if (content.metadata !== undefined) ledger.dropped('metadata');
  if (content.serviceTier === 'auto' || content.serviceTier === 'default') {
    ledger.mapped('service_tier', 'what happens without a word');
  } else if (content.serviceTier !== undefined) ledger.dropped('service_tier');
  for (const name of Object.keys(content.extras)) ledger.dropped(name);
}
