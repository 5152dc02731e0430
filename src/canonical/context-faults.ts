// How engines and services say that a prompt is too long, and the figures they give with it. Callers
// shorten their prompt by these figures, so a wording that is not known costs them the whole call.
import type { ContextFigures } from './errors.ts';
import { asNumber } from './json.ts';
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
  'max context length',
  'context length exceeded',
  'context window exceeded',
  'context length of only',
  "longer than the model's context length",
  'maximum prompt length',
  'prompt is too long',
  'input is too long',
  'input tokens exceeded',
  'too many input tokens',
  'too large for model with',
  'too many tokens: total number of tokens',
  'too many tokens: size limit exceeded',
  'too many tokens: minimal context',
  'prompt is too long even after truncation',
  'exceeds the maximum number of tokens allowed',
  'but model only supports up to',
  '`inputs` tokens + `max_new_tokens` must be',
  '`inputs` must have less than',
];

const EXCEEDS = /exceeds? (?:the )?(?:available |model'?s? |maximum )*context/;

/** First match wins. Named groups: `limit`, `input`, `output`, `total` (input and output together). */
const figures: readonly RegExp[] = [
  // Anthropic
  /exceed context limit: (?<input>\d+) \+ (?<output>\d+) > (?<limit>\d+)/,
  /prompt is too long: (?<input>\d+) tokens > (?<limit>\d+) maximum/,
  // OpenAI, vLLM, SGLang
  /too large: (?<output>\d+).{0,80}context length is (?<limit>\d+) tokens and your request has (?<input>\d+) input/s,
  /context length is (?<limit>\d+) tokens.{0,40}your request has (?<input>\d+) input tokens plus (?<output>\d+)/s,
  /context length is (?<limit>\d+) tokens.{0,60}requested (?:about )?(?<total>\d+) tokens \((?<input>\d+) (?:in|of)[^,]*, (?<output>\d+)/s,
  /context length is (?<limit>\d+) tokens.{0,60}(?:resulted in|request has|requested|contains)(?: about| at least)? (?<input>\d+)/s,
  /context length of (?<limit>\d+) tokens.{0,80}: (?<input>\d+) tokens from the input messages and (?<output>\d+)/s,
  // llama-server, SGLang, Gemini
  /token count is (?<input>\d+) but model only supports up to (?<limit>\d+)/,
  /\((?<input>\d+)(?: tokens)?\) (?:exceeds|is longer than)[^(]{0,60}\((?<limit>\d+)/,
  // This gateway's own words for Gemini's clients
  /token count \((?<input>\d+)\) plus maxOutputTokens \((?<output>\d+)\)[^(]{0,80}\((?<limit>\d+)/,
  // TGI
  /must be <= (?<limit>\d+)\. Given: (?<input>\d+) `inputs` tokens and (?<output>\d+)/,
  /less than (?<limit>\d+) tokens\. Given: (?<input>\d+)/,
  // Mistral, xAI, llama-cpp-python, LM Studio
  /contains (?<input>\d+) tokens.{0,60}model with (?<limit>\d+)/s,
  /prompt length is (?<limit>\d+) but the request contains (?<input>\d+)/,
  /tokens \((?<input>\d+)\) exceed context window of (?<limit>\d+)/,
  /first (?<input>\d+) tokens.{0,120}context length of only (?<limit>\d+)/s,
  // Cohere
  /tokens in the prompt cannot exceed (?<limit>\d+) - received (?<input>\d+)/,
  // Bedrock
  /max input tokens: (?<limit>\d+), request input token count: (?<input>\d+)/i,
];

/** Is this an upstream's way of saying that the call does not fit? */
export function isContextFault(fault: Fault): boolean {
  if (codes.has(fault.code) || codes.has(fault.type)) return true;
  const said = fault.message.toLowerCase();
  return EXCEEDS.test(said) || phrases.some((phrase) => said.includes(phrase));
}

/** The figures, when the upstream gave both the prompt's size and the limit. */
export function contextFigures(fault: Fault): ContextFigures | undefined {
  // llama-server states both as fields of their own.
  const size = asNumber(fault.wire?.n_prompt_tokens);
  const window = asNumber(fault.wire?.n_ctx);
  if (size !== undefined && window !== undefined) return { input: size, output: 0, limit: window };
  for (const pattern of figures) {
    const groups = pattern.exec(fault.message)?.groups;
    if (groups !== undefined) {
      return { input: Number(groups.input), output: Number(groups.output ?? 0), limit: Number(groups.limit) };
    }
  }
  return undefined;
}
