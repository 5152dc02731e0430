// `generation_config`: sampling, bounds, the choice among tools, how hard to think; and the shape of the answer.
import type { CallContent, Effort, OutputFormat, ReasoningWish } from '../../canonical/content.ts';
import { effortOfBudget } from '../../canonical/effort.ts';
import { since } from '../../canonical/gemini-version.ts';
import { foldedSeed, outputBound, thinkingLevel, usableStops } from '../../canonical/gemini-wishes.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { type Encoding, present, refused } from './encoding.ts';
import { plainSchema } from './tool-schema.ts';

export function encodeConfig(
  content: CallContent,
  choice: Json | undefined,
  options: EncodeOptions,
  encoding: Encoding,
): JsonObject {
  const { ledger } = encoding;
  const { n, logprobs, presencePenalty, frequencyPenalty } = content;
  if (n !== undefined && n > 1) {
    throw refused('n', 'more than one answer per call', 'Leave `n` out, and call several times.');
  }
  if (logprobs !== undefined) {
    throw refused('logprobs', 'wish for log probabilities', 'Leave `logprobs` out.');
  }
  if (presencePenalty !== undefined) ledger.dropped('presence_penalty');
  if (frequencyPenalty !== undefined) ledger.dropped('frequency_penalty');
  if (content.logitBias !== undefined) ledger.dropped('logit_bias');
  return present({
    max_output_tokens: outputBound(content.maxTokens, options),
    temperature: content.temperature,
    top_p: content.topP,
    top_k: content.topK,
    stop_sequences: usableStops(content.stop, options),
    seed: foldedSeed(content.seed, ledger),
    tool_choice: choice,
    ...encodeReasoning(content.reasoning, encoding),
  });
}

export function encodeFormat(format: OutputFormat | undefined): JsonObject | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  const json = { type: 'text', mime_type: 'application/json' };
  return format.type === 'json' ? json : { ...json, schema: plainSchema(format.schema) };
}

function encodeReasoning(wish: ReasoningWish | undefined, encoding: Encoding): JsonObject {
  if (wish === undefined) return {};
  const { ledger, version } = encoding;
  const off = wish.mode === 'disabled' || wish.effort === 'none';
  if (version !== undefined && version < since.thinking) {
    if (!off) ledger.dropped('reasoning', 'this model does not reason');
    return {};
  }
  const effort = off ? 'none' : effortOf(wish, encoding);
  return present({
    thinking_level: effort === undefined ? undefined : thinkingLevel(effort, encoding),
    // Callers who ask for reasoning get to see it.
    thinking_summaries: off || wish.display === 'omitted' ? 'none' : 'auto',
  });
}

/** Undefined leaves it to the model. */
function effortOf(wish: ReasoningWish, { ledger }: Encoding): Effort | undefined {
  if (wish.effort !== undefined) {
    if (wish.budgetTokens !== undefined) ledger.dropped('thinking.budget_tokens', 'the effort is sent');
    return wish.effort;
  }
  if (wish.budgetTokens !== undefined) return effortOfBudget(wish.budgetTokens, ledger);
  if (wish.mode === 'between_tools') ledger.approximated('thinking', 'the model decides when to reason');
  else if (wish.mode !== undefined) ledger.mapped('thinking', 'the model decides, as it does by default');
  return undefined;
}
