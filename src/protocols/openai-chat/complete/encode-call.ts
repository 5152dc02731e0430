// Meaning to a legacy completion: for callers whose own dialect has bare prompts, too. What is more than a prompt
// is refused.
import type { Block } from '../../../canonical/blocks.ts';
import type { CallContent } from '../../../canonical/content.ts';
import { GatewayError } from '../../../canonical/errors.ts';
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
  refuseMore(content);
  if (content.reasoning !== undefined) ledger.dropped('reasoning');
  for (const name of Object.keys(content.extras)) ledger.dropped(name);
  const { logprobs: _, top_logprobs: __, ...sampling } = encodeSampling(content, scribe);
  const body: JsonObject = {
    model,
    prompt: promptOf(content, scribe),
    ...sampling,
    ...(content.logprobs === undefined ? {} : { logprobs: content.logprobs.top ?? 0 }),
    ...userOf(content, scribe),
    ...encodeStream(content, scribe),
  };
  return { body, headers: {} };
}

function refuseMore(content: CallContent): void {
  if (content.tools.length > 0 || content.serverTools.length > 0) throw morePromised('tools', 'Tools');
  if (content.format !== undefined && content.format.type !== 'text') {
    throw morePromised('format', 'A format of the answer');
  }
}

/** Instructions have no place of their own: they stand before the prompt. */
function promptOf({ system, messages }: CallContent, { ledger }: Scribe): string {
  const [message, ...others] = messages;
  if (message === undefined || others.length > 0 || message.role !== 'user') {
    throw morePromised('messages', 'A conversation');
  }
  const prompt = message.blocks.map((block) => textOf(block)).join('');
  if (system.length === 0) return prompt;
  ledger.approximated('system', 'before the prompt');
  return `${system.map((block) => textOf(block)).join('\n\n')}\n\n${prompt}`;
}

function textOf(block: Block): string {
  if (block.type === 'text') return block.text;
  throw morePromised('prompt', `What is no text (${block.type})`);
}

function userOf(content: CallContent, scribe: Scribe): JsonObject {
  const { safety_identifier: user } = encodeIdentity({ ...content, cacheKey: undefined }, scribe);
  return user === undefined ? {} : { user };
}

function morePromised(param: string, what: string): GatewayError {
  return new GatewayError('unsupported', `${what} cannot be part of a completion.`, {
    param,
    remedy: 'Leave it out, or send the call as a chat.',
  });
}
