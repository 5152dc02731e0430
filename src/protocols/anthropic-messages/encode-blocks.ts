// Content blocks of a call in this dialect, one small function per canonical type.
import type {
  Block,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { encodeDocument, encodeImage } from './encode-media.ts';
import { type Encoding, isBlank, mark, plainText, restore, type Wire } from './encoding.ts';
import { WRAPPED_FIELD, wireId, wireName } from './names.ts';
import { DIALECT, type Kept } from './origin.ts';

type Encoders = {
  [T in Block['type']]: (block: Extract<Block, { type: T }>, encoding: Encoding) => Wire | undefined;
};

const encoders: Encoders = {
  text: encodeText,
  image: encodeImage,
  document: encodeDocument,
  audio: refuseAudio,
  reasoning: encodeReasoningBlock,
  tool_call: encodeToolCall,
  tool_result: encodeToolResult,
  refusal: (block) => (isBlank(block.text) ? undefined : { type: 'text', text: block.text }),
  raw: (block, encoding) => {
    if (block.origin === DIALECT && isObject(block.value)) return { ...block.value };
    encoding.ledger.dropped('messages.raw', `content only ${block.origin} understands`);
    return undefined;
  },
};

/** Undefined when nothing of the block can or may be sent. */
function encodeBlock(block: Block, encoding: Encoding): Wire | undefined {
  const encode = encoders[block.type] as (block: Block, encoding: Encoding) => Wire | undefined;
  return encode(block, encoding);
}

export function encodeBlocks(blocks: readonly Block[], encoding: Encoding): Wire[] {
  const encoded: Wire[] = [];
  for (const block of blocks) {
    const wire = encodeBlock(block, encoding);
    if (wire !== undefined) encoded.push(wire);
  }
  return encoded;
}

const TEXT_OWN = new Set(['citations']);

function encodeText(block: TextBlock, encoding: Encoding): Wire | undefined {
  if (isBlank(block.text)) {
    encoding.ledger.mapped('messages.empty_text', 'left out: empty text is refused');
    return undefined;
  }
  const wire = restore({ type: 'text', text: block.text }, block.extras, TEXT_OWN, 'messages.text', encoding);
  return mark(wire, block.cache, encoding);
}

function refuseAudio(): never {
  throw new GatewayError('unsupported', 'The chosen model takes no audio.', {
    param: 'messages',
    remedy: 'Send a transcript instead, or use a model that hears.',
  });
}

/** Sealed reasoning goes back to its own vendor word for word, empty text included; all other is lost. */
function encodeReasoningBlock(block: ReasoningBlock, encoding: Encoding): Wire | undefined {
  const { sealed } = block;
  if (sealed === undefined) {
    encoding.ledger.dropped('messages.reasoning', 'reasoning without a signature is refused');
    return undefined;
  }
  if (sealed.origin !== encoding.sealedOrigin) {
    encoding.ledger.dropped('messages.reasoning', `sealed by ${sealed.origin}`);
    return undefined;
  }
  return block.redacted === true
    ? { type: 'redacted_thinking', data: sealed.value }
    : { type: 'thinking', thinking: block.text, signature: sealed.value };
}

const TOOL_USE_OWN = new Set(['caller', 'toolset_name']);

function encodeToolCall(block: Kept<ToolCallBlock>, encoding: Encoding): Wire {
  if (block.sealed !== undefined && block.sealed.origin !== encoding.sealedOrigin) {
    encoding.ledger.dropped('messages.tool_call.signature', `sealed by ${block.sealed.origin}`);
  }
  const wire: Wire = {
    type: 'tool_use',
    id: wireId(block.id),
    name: wireName(block.name, block.custom === true),
    input: block.custom === true ? { [WRAPPED_FIELD]: block.input } : parseInput(block.input, encoding),
  };
  restore(wire, block.extras, TOOL_USE_OWN, 'messages.tool_call', encoding);
  return mark(wire, block.cache, encoding);
}

/** Calls without arguments come as an empty text as often as an empty object. */
function parseInput(text: string, encoding: Encoding): JsonObject {
  if (isBlank(text)) return {};
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // A model wrote these arguments; what is no JSON is kept as text.
  }
  encoding.ledger.approximated('messages.tool_call.input', 'arguments that are no JSON object were wrapped');
  return { [WRAPPED_FIELD]: text };
}

const TOOL_RESULT_OWN = new Set(['toolset_name']);

function encodeToolResult(block: Kept<ToolResultBlock>, encoding: Encoding): Wire {
  const content = encodeBlocks(block.content, encoding);
  const wire: Wire = { type: 'tool_result', tool_use_id: wireId(block.callId) };
  if (content.length > 0) wire.content = plainText(content) ?? content;
  if (block.isError !== undefined) wire.is_error = block.isError;
  restore(wire, block.extras, TOOL_RESULT_OWN, 'messages.tool_result', encoding);
  return mark(wire, block.cache, encoding);
}
