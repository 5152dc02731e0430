// Runs in a thread of its own: cuts bodies into tokens, one after the other. What it loads goes when it ends.
import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { asObject, type Json } from '../canonical/json.ts';
import { textsIn } from './texts.ts';

export interface Question {
  readonly id: number;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly id: number;
  /** Undefined: the body could not be read. */
  readonly tokens: number | undefined;
}

/** What looks like a tokenizer's own mark in a text is text. */
const plain = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

function count(body: Uint8Array): number | undefined {
  const { buffer, byteOffset, byteLength } = body;
  try {
    const parsed = asObject(JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8')) as Json);
    if (parsed === undefined) return undefined;
    return textsIn(parsed).reduce((sum, text) => sum + countTokens(text, plain), 0);
  } catch {
    return undefined;
  }
}

parentPort?.on('message', ({ id, body }: Question) => {
  parentPort?.postMessage({ id, tokens: count(body) } satisfies Answer);
});
