// Google's generateContent: calls as its callers write them, replies as its servers do. The path says the model and
// whether to stream.

import { mark, textOf, turnsOf } from './text.js';

function callBody(call) {
  const contents = turnsOf(call).map(({ role, content }) => ({
    role: role === 'assistant' ? 'model' : 'user',
    parts: [{ text: content }],
  }));
  const systemInstruction = { parts: [{ text: 'Answer briefly.' }] };
  return JSON.stringify({ systemInstruction, generationConfig: { maxOutputTokens: 128 }, contents });
}

function reply(text, output, finish) {
  const usageMetadata = { promptTokenCount: 42, candidatesTokenCount: output, totalTokenCount: 42 + output };
  const content = { parts: [{ text }], role: 'model' };
  const candidate =
    finish === undefined ? { content, index: 0 } : { content, index: 0, finishReason: finish };
  return { usageMetadata, modelVersion: 'gemini-mock', responseId: 'bench0123', candidates: [candidate] };
}

function event(text, output, finish) {
  return `data: ${JSON.stringify(reply(text, output, finish))}\n\n`;
}

/** @type {import('../dialects.js').Dialect} */
export const geminiGenerate = {
  letter: 'g',
  name: 'Gemini',
  model: 'gemini-mock',
  path: ({ model, stream }) =>
    `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  isCall: (head) => head.includes('enerateContent'),
  streams: (head) => head.includes(':streamGenerateContent'),
  headers: (secret) => ({ 'x-goog-api-key': secret }),
  upstream: { provider: 'gemini', base: '' },
  callBody,
  terminal: '"finishReason":"STOP"',
  json: () => JSON.stringify(reply(mark(0) + textOf(320), 17, 'STOP')),
  opening: () => event('', 0),
  frame: (ordinal) => event(mark(ordinal) + textOf(20), ordinal),
  closing: () => event('', 100, 'STOP'),
};
