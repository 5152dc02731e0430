// How many tokens a call's input has, when nobody who knows is asked: four bytes a token, and a flat sum
// for what is not text. A picture's base64 is not prose.
import type { Block } from './blocks.ts';
import type { CallWire } from './call-wire.ts';
import type { CallContent } from './content.ts';
import { isErrand } from './errand.ts';

const BYTES_PER_TOKEN = 4;
const PER_IMAGE = 1_600;
/** A page of a document, in bytes of its base64 text. */
const BYTES_PER_PAGE = 40_000;
const PER_PAGE = 1_500;

/** Cheap for calls of text; calls that carry base64 are decoded and their blocks looked at. */
export function estimatedInput(wire: CallWire): number {
  // Sound and pictures in a form have no size in tokens that could be guessed.
  if (wire.mediaType !== 'application/json') return 1;
  if (isErrand(wire.operation) || !wire.bytes.includes('base64'))
    return Math.max(1, Math.ceil(wire.bytes.length / BYTES_PER_TOKEN));
  try {
    return estimateOf(wire.content());
  } catch {
    // The upstream understood what we do not.
    return Math.ceil(wire.bytes.length / BYTES_PER_TOKEN);
  }
}

function estimateOf(content: CallContent): number {
  const blocks = [...content.system, ...content.messages.flatMap((message) => message.blocks)];
  let tokens = 0;
  for (const block of blocks) tokens += tokensOf(block);
  for (const tool of content.tools) tokens += textTokens(JSON.stringify(tool));
  return Math.max(1, Math.ceil(tokens));
}

function tokensOf(block: Block): number {
  switch (block.type) {
    case 'image':
      return PER_IMAGE;
    case 'document':
      return block.source.kind === 'base64'
        ? pages(block.source.data)
        : textTokens(JSON.stringify(block.source));
    case 'audio':
      return pages(block.data);
    case 'tool_result':
      return block.content.reduce((sum, inner) => sum + tokensOf(inner), 0);
    case 'tool_call':
      return textTokens(block.name) + textTokens(block.input);
    case 'raw':
      return textTokens(JSON.stringify(block.value));
    default:
      return textTokens(block.text);
  }
}

function pages(base64: string): number {
  return Math.ceil(base64.length / BYTES_PER_PAGE) * PER_PAGE;
}

function textTokens(text: string): number {
  return Buffer.byteLength(text) / BYTES_PER_TOKEN;
}
