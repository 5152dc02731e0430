// Meaning to a legacy completion: for callers whose own dialect has bare prompts, too. What is more than a prompt
// is refused.
import { barePrompt, moreThanPrompt } from '../../../canonical/bare-prompt.ts';
import type { CallContent } from '../../../canonical/content.ts';
import type { JsonObject } from '../../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../../canonical/protocol.ts';
import type { Scribe } from '../../../canonical/scribe.ts';
import { encodeIdentity, encodeSampling, encodeStream } from '../encode-call.ts';

export function encodeCompletion(content: CallContent, options: EncodeOptions): EncodedCall {
  const { ledger, model } = options;
  const scribe: Scribe = {
    ledger,
    // OpenAI's newer name for the bound is unknown here.
    quirks: { ...options.quirks, maxTokensField: 'max_tokens' },
    native: false,
  };
  refuseFormat(content);
  if (content.reasoning !== undefined) ledger.dropped('reasoning');
  for (const name of Object.keys(content.extras)) ledger.dropped(name);
  const { logprobs: _, top_logprobs: __, ...sampling } = encodeSampling(content, scribe);
  const body: JsonObject = {
    model,
    prompt: barePrompt(content, ledger),
    ...sampling,
    ...(content.logprobs === undefined ? {} : { logprobs: content.logprobs.top ?? 0 }),
    ...userOf(content, scribe),
    ...encodeStream(content, scribe),
  };
  return { body, headers: {} };
}

function refuseFormat({ format }: CallContent): void {
  if (format !== undefined && format.type !== 'text') {
    throw moreThanPrompt('format', 'A format of the answer');
  }
}

function userOf(content: CallContent, scribe: Scribe): JsonObject {
  const { safety_identifier: user } = encodeIdentity({ ...content, cacheKey: undefined }, scribe);
  return user === undefined ? {} : { user };
}
