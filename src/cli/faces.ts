// The two dialects `chat` and `bench` speak to the gateway: one question out, text and usage back.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../canonical/json.ts';

export interface Question {
  readonly model: string;
  readonly prompt: string;
  readonly system: string | undefined;
  readonly stream: boolean;
}

/** What one event, or a whole body, brings. */
export interface Piece {
  readonly text?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** Dollars. */
  readonly cost?: number | undefined;
  readonly error?: string | undefined;
  readonly done?: boolean;
}

export interface Face {
  readonly path: string;
  headers(key: string | undefined): Readonly<Record<string, string>>;
  body(question: Question): string;
  /** One `data:` line of a stream. */
  event(data: string): Piece;
  whole(body: JsonObject): Piece;
}

export type FaceName = 'openai' | 'anthropic';

const openai: Face = {
  path: '/v1/chat/completions',
  headers: (key) => ({
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }),
  body: ({ model, prompt, system, stream }) =>
    JSON.stringify({
      model,
      messages: [
        ...(system === undefined ? [] : [{ role: 'system', content: system }]),
        { role: 'user', content: prompt },
      ],
      ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    }),
  event: (data) => {
    if (data === '[DONE]') return { done: true };
    const event = parse(data);
    const delta = asObject(asObject(asArray(event['choices'])?.[0])?.['delta']);
    return { text: asString(delta?.['content']), ...openaiUsage(event), error: errorText(event) };
  },
  whole: (body) => {
    const message = asObject(asObject(asArray(body['choices'])?.[0])?.['message']);
    return { text: asString(message?.['content']), ...openaiUsage(body), done: true };
  },
};

function openaiUsage(owner: JsonObject): Piece {
  const usage = asObject(owner['usage']);
  return {
    inputTokens: asNumber(usage?.['prompt_tokens']),
    outputTokens: asNumber(usage?.['completion_tokens']),
    cost: asNumber(usage?.['cost']),
  };
}

/** The dialect requires a bound; this one is above what anybody reads at a terminal. */
const MOST_TOKENS = 4096;

const anthropic: Face = {
  path: '/v1/messages',
  headers: (key) => ({
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
    ...(key === undefined ? {} : { 'x-api-key': key }),
  }),
  body: ({ model, prompt, system, stream }) =>
    JSON.stringify({
      model,
      max_tokens: MOST_TOKENS,
      ...(system === undefined ? {} : { system }),
      messages: [{ role: 'user', content: prompt }],
      ...(stream ? { stream } : {}),
    }),
  event: (data) => {
    const event = parse(data);
    return {
      text: asString(asObject(event['delta'])?.['text']),
      // The head tells the input, the end tells the output.
      ...anthropicUsage(asObject(event['message']) ?? event),
      error: errorText(event),
      done: event['type'] === 'message_stop',
    };
  },
  whole: (body) => {
    const texts = (asArray(body['content']) ?? []).map((block) => asString(asObject(block)?.['text']) ?? '');
    return { text: texts.join(''), ...anthropicUsage(body), done: true };
  },
};

function anthropicUsage(owner: JsonObject): Piece {
  const usage = asObject(owner['usage']);
  return {
    inputTokens: asNumber(usage?.['input_tokens']),
    outputTokens: asNumber(usage?.['output_tokens']),
    cost: asNumber(usage?.['cost']),
  };
}

export const faces: Readonly<Record<FaceName, Face>> = { openai, anthropic };

/** Both dialects keep the words for people in `error.message`. */
export function errorText(body: JsonObject): string | undefined {
  const error = asObject(body['error']);
  return error === undefined ? undefined : (asString(error['message']) ?? 'The gateway gave no reason.');
}

export function parse(text: string): JsonObject {
  try {
    return asObject(JSON.parse(text) as Json) ?? {};
  } catch {
    return {};
  }
}
