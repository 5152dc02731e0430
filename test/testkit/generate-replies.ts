// Replies of Google's generateContent from the same plain description as the other dialects', whole or streamed.
import type { JsonValue } from './json-value.ts';
import { type ReplyOptions, textsOf } from './replies.ts';
import { json, type Script, sse } from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

/** Streamed or not, as the path says. */
export function generateReply(options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) =>
    call.path.includes(':streamGenerateContent') ? sse(generateStream(options)) : json(generateBody(options));
}

export function generateBody(options: ReplyOptions = {}): JsonValue {
  const text = textsOf(options).join('');
  const parts = [...thoughts(options), ...(text === '' ? [] : [{ text }]), ...calls(options)];
  return { candidates: [candidate(parts, { finishReason: 'STOP' })], ...about(options) };
}

/** A part per chunk; the reason stands in the last. */
export function generateStream(options: ReplyOptions = {}): string {
  const parts = [...thoughts(options), ...textsOf(options).map((text) => ({ text })), ...calls(options)];
  const { usageMetadata, ...head } = about(options);
  const chunks = parts.map((part) => ({ candidates: [candidate([part])], ...head }));
  const last = { candidates: [candidate([{ text: '' }], { finishReason: 'STOP' })], usageMetadata, ...head };
  return [...chunks, last].map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
}

function candidate(parts: readonly JsonValue[], ending: JsonValue = {}): JsonValue {
  return { content: { parts, role: 'model' }, index: 0, ...ending };
}

function thoughts({ reasoning }: ReplyOptions): readonly JsonValue[] {
  return reasoning === undefined ? [] : [{ text: reasoning, thought: true }];
}

function calls({ tools = [] }: ReplyOptions): readonly JsonValue[] {
  return tools.map(({ id, name, input }, at) => ({
    functionCall: { id, name, args: input },
    // Of calls made at once only the first is signed.
    ...(at === 0 ? { thoughtSignature: 'c2lnbmVk' } : {}),
  }));
}

function about({ id = 'up-1', model = 'up-model', input = 10, output = 5 }: ReplyOptions): JsonValue {
  const usageMetadata = {
    promptTokenCount: input,
    candidatesTokenCount: output,
    totalTokenCount: input + output,
  };
  return { usageMetadata, modelVersion: model, responseId: id };
}
