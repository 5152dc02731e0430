// Reasoning in Chat messages, for which every vendor found its own field. Read once: several of them
// in one message say the same words again.
import type { Sealed } from '../../canonical/blocks.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';

export interface Thought {
  readonly text: string;
  readonly sealed?: Sealed;
  readonly redacted?: Sealed;
}

const none: readonly Thought[] = [];
export const plainFields = ['reasoning_content', 'reasoning', 'thinking'] as const;

/** Reasoning of a delta, a reply's message or an assistant message of a call. */
export function readThinking(part: JsonObject): readonly Thought[] {
  const plain = plainText(part);
  const blocks = asArray(part.thinking_blocks);
  if (blocks === undefined || blocks.length === 0) return plain === '' ? none : [{ text: plain }];
  const thoughts = blocks.map(readBlock).filter((thought) => thought !== undefined);
  const silent = thoughts.every((thought) => thought.text === '');
  return silent && plain !== '' ? [{ text: plain }, ...thoughts] : thoughts;
}

function plainText(part: JsonObject): string {
  for (const name of plainFields) {
    const value = part[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

/** Anthropic's blocks as LiteLLM hands them to Chat callers. */
function readBlock(value: Json): Thought | undefined {
  const block = asObject(value);
  if (block === undefined) return undefined;
  if (block.type === 'redacted_thinking') {
    return { text: '', redacted: { origin: 'anthropic', value: asString(block.data) ?? '' } };
  }
  const text = asString(block.thinking) ?? '';
  const signature = asString(block.signature) ?? '';
  return signature === '' ? { text } : { text, sealed: { origin: 'anthropic', value: signature } };
}

/** The words of Mistral's `thinking` part: text, or a list of text parts. */
export function partText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  let words = '';
  for (const part of asArray(value) ?? []) words += asString(asObject(part)?.text) ?? '';
  return words;
}
