// The simulator's other crafts, in OpenAI's dialect: vectors and rankings made of hashes, and labelled so.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { floatsToBase64 } from '../../lib/float32.ts';
import { countIn, modelIn, PromptReader, type SimCall, wrong } from './call.ts';
import { likeness, vectorOf } from './vectors.ts';

export interface SimErrand {
  /** As much of it as a window, a price and an order to fail need. */
  readonly call: SimCall;
  readonly body: string;
}

const USUAL_DIMENSIONS = 64;
const MOST_DIMENSIONS = 4_096;

export function embedErrand(body: JsonObject): SimErrand {
  const texts = inputsIn(body['input']);
  const dimensions = Math.min(countIn(body, 'dimensions') ?? USUAL_DIMENSIONS, MOST_DIMENSIONS);
  const compact = body['encoding_format'] === 'base64';
  const call = callOf(body, texts);
  const { tokens } = call.prompt;
  const data = texts.map((text, index) => {
    const vector = vectorOf(text, dimensions);
    return { object: 'embedding', index, embedding: compact ? floatsToBase64(vector) : vector };
  });
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return {
    call,
    body: JSON.stringify({ object: 'list', data, model: call.model, usage, simulated: true }),
  };
}

/** Tokens are words of no text; that they are the same each time is enough here. */
function inputsIn(input: Json | undefined): readonly string[] {
  const list = asArray(input);
  if (list === undefined) return [textIn(input, 'input')];
  if (list.length === 0) throw wrong('input', 'must have at least one text');
  if (asNumber(list[0]) !== undefined) return [list.join(' ')];
  return list.map((one, at) => asArray(one)?.join(' ') ?? textIn(one, `input[${at}]`));
}

function textIn(value: Json | undefined, param: string): string {
  const text = asString(value);
  if (text === undefined) throw wrong(param, 'must be a text or a list of tokens');
  return text;
}

export function rerankErrand(body: JsonObject): SimErrand {
  const query = textIn(body['query'], 'query');
  const documents = asArray(body['documents']) ?? [];
  if (documents.length === 0) throw wrong('documents', 'must be a list with at least one document');
  const texts = documents.map(
    (one) => asString(one) ?? asString(asObject(one)?.['text']) ?? JSON.stringify(one),
  );
  const call = callOf(body, [query, ...texts]);
  const results = texts
    .map((text, index) => ({
      index,
      relevance_score: likeness(query, text),
      ...(body['return_documents'] === true ? { document: { text } } : {}),
    }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, countIn(body, 'top_n') ?? texts.length);
  const { tokens } = call.prompt;
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { call, body: JSON.stringify({ model: call.model, results, usage, simulated: true }) };
}

function callOf(body: JsonObject, texts: readonly string[]): SimCall {
  const reader = new PromptReader();
  for (const text of texts) reader.text(text);
  reader.user(texts[0] ?? '');
  return {
    dialect: 'chat',
    model: modelIn(body),
    stream: false,
    includeUsage: false,
    maxTokens: undefined,
    stop: [],
    n: 1,
    schema: undefined,
    tools: [],
    choice: { mode: 'none', names: undefined },
    parallel: false,
    thoughts: 0,
    thinkingBudget: undefined,
    prompt: reader.done(),
  };
}
