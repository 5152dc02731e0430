// How engines and services say that a prompt is too long, and the figures they give with it. Callers
// shorten their prompt by these figures, so a wording that is not known costs them the whole call.
import type { ContextFigures } from '../../canonical/errors.ts';
import { asNumber } from '../../canonical/json.ts';
import type { Fault } from './upstream-fault.ts';

const codes: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'context_window_exceeded',
  'model_context_window_exceeded',
  'tokens_limit_reached',
]);

/** Lower-case pieces that only occur in complaints about the context. */
const phrases = [
  'maximum context length',
  'context length exceeded',
  'context length of only',
  'exceeds the context length',
  'exceed the context length',
  "exceeds the model's context length",
  "longer than the model's context length",
  'exceeds the available context size',
  'exceed context window',
  'exceeds the context window',
  'maximum prompt length',
  'prompt is too long',
  'too large for model with',
  'exceeds the maximum number of tokens allowed',
  '`inputs` tokens + `max_new_tokens` must be',
  '`inputs` must have less than',
];

/** Named groups: `limit`, `input`, `output`, `total` (input and output together). */
const figures: readonly RegExp[] = [
  /context length is (?<limit>\d+) tokens.{0,40}your request has (?<input>\d+) input tokens plus (?<output>\d+)/s,
  /context length is (?<limit>\d+) tokens.{0,40}your request has (?<input>\d+) input tokens/s,
  /context length is (?<limit>\d+) tokens.{0,60}requested (?:about )?(?<total>\d+) tokens \((?<input>\d+) (?:in|of)[^,]*, (?<output>\d+)/s,
  /context length is (?<limit>\d+) tokens.{0,60}(?:resulted in|requested(?: about)?) (?<input>\d+) tokens/s,
  /context length of (?<limit>\d+) tokens.{0,80}: (?<input>\d+) tokens from the input messages and (?<output>\d+)/s,
  /\((?<input>\d+)(?: tokens)?\) (?:exceeds|is longer than)[^(]{0,60}\((?<limit>\d+)/,
  /must be <= (?<limit>\d+)\. Given: (?<input>\d+) `inputs` tokens and (?<output>\d+)/,
  /less than (?<limit>\d+) tokens\. Given: (?<input>\d+)/,
  /contains (?<input>\d+) tokens.{0,60}model with (?<limit>\d+)/s,
  /prompt length is (?<limit>\d+) but the request contains (?<input>\d+)/,
  /tokens \((?<input>\d+)\) exceed context window of (?<limit>\d+)/,
  /first (?<input>\d+) tokens.{0,120}context length of only (?<limit>\d+)/s,
];

export function isContextFault(fault: Fault): boolean {
  if (codes.has(fault.code) || codes.has(fault.type)) return true;
  const said = fault.message.toLowerCase();
  return phrases.some((phrase) => said.includes(phrase));
}

/** The figures, when the upstream gave both the prompt's size and the limit. */
export function contextFigures(fault: Fault): ContextFigures | undefined {
  const size = asNumber(fault.wire.n_prompt_tokens);
  const window = asNumber(fault.wire.n_ctx);
  if (size !== undefined && window !== undefined) return { input: size, output: 0, limit: window };
  for (const pattern of figures) {
    const groups = pattern.exec(fault.message)?.groups;
    if (groups !== undefined) {
      return { input: Number(groups.input), output: Number(groups.output ?? 0), limit: Number(groups.limit) };
    }
  }
  return undefined;
}
