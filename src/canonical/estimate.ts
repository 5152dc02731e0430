// How many tokens a call's input has, when nobody who knows is asked: its bytes by the ratio learned from replies
// (four a token before there are any), and a flat sum
// for what is not text. A picture's base64 is not prose.
import type { Block } from './blocks.ts';
import type { CallWire } from './call-wire.ts';
import type { CallContent } from './content.ts';
import { isErrand } from './errand.ts';
import { USUAL_BYTES_PER_TOKEN } from './token-ratios.ts';

const PER_IMAGE = 1_600;
/** A page of a document, in bytes of its base64 text. */
const BYTES_PER_PAGE = 40_000;
const PER_PAGE = 1_500;

/** Cheap for calls of text; calls that carry base64 are decoded and their blocks looked at. */
export function estimatedInput(wire: CallWire, bytesPerToken = USUAL_BYTES_PER_TOKEN): number {
  // Sound and pictures in a form have no size in tokens that could be guessed.
  if (wire.mediaType !== 'application/json') return 1;
  const bySize = Math.max(1, Math.ceil(wire.bytes.length / bytesPerToken));
  if (isErrand(wire.operation) || !wire.holds('base64')) return bySize;
  try {
    return estimateOf(wire.content(), bytesPerToken);
  } catch {
    // The upstream understood what we do not.
    return bySize;
  }
}

const SPACE = 0x20;

/**
 * Words that follow a space: no tokenizer puts two of them into one token, so there are never fewer tokens than
 * this. Keys and structure have none. A byte at a time: for calls that are probably too long.
 */
export function leastInput({ bytes }: CallWire): number {
  let words = 0;
  for (let at = bytes.indexOf(SPACE) + 1; at > 0 && at < bytes.length; at += 1) {
    if (bytes[at - 1] === SPACE && isLetter(bytes[at] ?? 0)) words += 1;
  }
  return words;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function estimateOf(content: CallContent, bytesPerToken: number): number {
  const blocks = [...content.system, ...content.messages.flatMap((message) => message.blocks)];
  let flat = 0;
  let text = 0;
  const count: Count = {
    flat: (tokens) => {
      flat += tokens;
    },
    text: (words) => {
      text += Buffer.byteLength(words);
    },
  };
  for (const block of blocks) add(block, count);
  for (const tool of content.tools) count.text(JSON.stringify(tool));
  return Math.max(1, flat + Math.ceil(text / bytesPerToken));
}

interface Count {
  flat(tokens: number): void;
  text(words: string): void;
}

function add(block: Block, count: Count): void {
  switch (block.type) {
    case 'image':
      count.flat(PER_IMAGE);
      break;
    case 'document':
      if (block.source.kind === 'base64') count.flat(pages(block.source.data));
      else count.text(JSON.stringify(block.source));
      break;
    case 'audio':
      count.flat(pages(block.data));
      break;
    case 'tool_result':
      for (const inner of block.content) add(inner, count);
      break;
    case 'tool_call':
      count.text(block.name);
      count.text(block.input);
      break;
    case 'raw':
      count.text(JSON.stringify(block.value));
      break;
    default:
      count.text(block.text);
  }
}

function pages(base64: string): number {
  return Math.ceil(base64.length / BYTES_PER_PAGE) * PER_PAGE;
}
