// A legacy completion to its meaning: one bare prompt. What a chat cannot do is refused and not bent, so that a
// target that has completions itself may be tried.
import type { CallContent } from '../../../canonical/content.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import { Fields, wrongType } from '../../../canonical/fields.ts';
import { isArray, type Json, type JsonObject } from '../../../canonical/json.ts';
import { given } from '../../../lib/given.ts';
import { decodeSampling, sampling } from '../decode-call.ts';

/** Extras are in the words of completions, which the chat calls of the same vendor do not know. */
export const completionOrigin = 'openai-completions';

/** Who does not say how long it may get, gets so many tokens. */
const USUAL_BOUND = 16;
const UNBOUNDED = -1;

/** Fields of a completion that a chat call has not. */
export const completionFields = ['prompt', 'suffix', 'echo', 'best_of'] as const;

const understood: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'user',
  'prompt',
  'suffix',
  'echo',
  'logprobs',
  ...sampling,
]);

export function decodeCompletion(value: JsonObject): CallContent {
  const body = new Fields(value);
  refuseOddities(body);
  return given<CallContent>({
    origin: completionOrigin,
    model: body.requireString('model'),
    stream: body.boolean('stream') ?? false,
    system: [],
    messages: [{ role: 'user', blocks: [{ type: 'text', text: decodePrompt(body.get('prompt')) }] }],
    tools: [],
    serverTools: [],
    ...decodeSampling(body),
    maxTokens: decodeBound(body),
    logprobs: decodeLogprobs(body),
    user: body.string('user'),
    includeUsage: body.object('stream_options')?.boolean('include_usage') ?? false,
    extras: withoutTruisms(body.rest(understood) ?? {}, body),
  });
}

function refuseOddities(body: Fields): void {
  const suffix = body.string('suffix');
  if (suffix !== undefined && suffix !== '') throw beyondChat('suffix', 'What is to follow the completion');
  if (body.boolean('echo') === true) throw beyondChat('echo', 'Repeating the prompt');
  if (body.get('max_tokens') === 0) throw beyondChat('max_tokens', 'An answer of no tokens');
}

function decodePrompt(prompt: Json | undefined): string {
  if (typeof prompt === 'string') return prompt;
  if (prompt === undefined) {
    const remedy = 'Send the text that is to be continued.';
    throw new GatewayError('bad_request', '`prompt` is missing.', { param: 'prompt', remedy });
  }
  if (!isArray(prompt)) throw wrongType('prompt', 'a text, its tokens, or a list of either', prompt);
  const [first] = prompt;
  if (typeof first !== 'string') throw beyondChat('prompt', 'A prompt made of tokens');
  if (prompt.length > 1) throw beyondChat('prompt', 'A list of several prompts');
  return first;
}

function decodeBound(body: Fields): number | undefined {
  const stated = body.get('max_completion_tokens') ?? body.get('max_tokens');
  if (stated === UNBOUNDED) return undefined;
  return body.count('max_completion_tokens', 1) ?? body.count('max_tokens', 1) ?? USUAL_BOUND;
}

/** The number is that of alternatives; none is asked for with null, 0 asks for the chosen token alone. */
function decodeLogprobs(body: Fields): CallContent['logprobs'] {
  const top = body.count('logprobs', 0);
  return top === undefined ? undefined : { top };
}

/** The best of as many as are wanted is all of them. */
function withoutTruisms(extras: JsonObject, body: Fields): JsonObject {
  const { best_of: best, ...rest } = extras;
  return best === undefined || best === (body.get('n') ?? 1) ? rest : extras;
}

function beyondChat(param: string, what: string): GatewayError {
  return new GatewayError('unsupported', `${what} is only possible where completions are, not in a chat.`, {
    param,
    remedy: 'Choose a model of an upstream that has /v1/completions itself.',
  });
}
