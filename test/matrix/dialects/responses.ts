// OpenAI's Responses, asked of OpenAI itself.
import type { JsonValue } from '../../testkit/json-value.ts';
import { checkResponsesBody, checkResponsesStream } from '../../testkit/responses-checker.ts';
import { responsesReply } from '../../testkit/responses-replies.ts';
import { json, sse } from '../../testkit/script.ts';
import type { Dialect } from './dialect.ts';
import { calls } from './responses-calls.ts';
import { replies } from './responses-cases.ts';

/** Calls whose bytes are not OpenAI's to read: written anew. */
const REWRITTEN = [
  'reasoning-sealed-elsewhere',
  'reasoning-bare-not-stored',
  'tool-results',
  'item-reference',
  'continued',
];

export const responses: Dialect = {
  name: 'responses',
  protocol: 'openai-responses',
  calls,
  replies,
  face: {
    path: () => '/v1/responses',
    named: (model, body) => ({ model, ...body }),
    question: (stream) => ({ input: 'Hello.', stream }),
    // Of what is kept, the reply says so.
    untouched: { store: false },
    checkBody: checkResponsesBody,
    checkStream: checkResponsesStream,
  },
  upstream: {
    config: (url) =>
      `{ provider: openai, url: ${url}, secret: sk-upstream, protocols: [openai-responses], options: { shared_files: true } }`,
    model: 'gpt-5.4',
    answer: responsesReply({ text: 'Hi.' }),
    whole: json,
    streamed: sse,
    spliced: (name, body: JsonValue) =>
      REWRITTEN.includes(name) ? undefined : JSON.stringify({ model: 'gpt-5.4', ...body, ...keptHere(body) }),
  },
};

/** What the gateway keeps, no upstream does, so that reasoning must come back sealed. */
function keptHere(body: JsonValue): JsonValue {
  if (body.store === false) return {};
  const sealed = 'reasoning.encrypted_content';
  const include = body.include ?? [];
  return { store: false, include: include.includes(sealed) ? include : [...include, sealed] };
}
