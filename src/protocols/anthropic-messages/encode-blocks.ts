// Content blocks of a call in this dialect, one small function per canonical type.
import { isBillingNote } from '../../canonical/billing-note.ts';
import type {
  Block,
  RawBlock,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../canonical/blocks.ts';
import { inputObject } from '../../canonical/call-input.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { foreignWords } from '../../canonical/foreign-words.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { wireId, wireName } from '../../canonical/wire-names.ts';
import { encodeDocument, encodeImage } from './encode-media.ts';
import { type Encoding, isBlank, mark, plainText, restore, type Wire } from './encoding.ts';
import { DIALECT, VENDOR } from './origin.ts';

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
  raw: encodeRaw,
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

function encodeText(block: TextBlock, encoding: Encoding): Wire | undefined {
  if (isBlank(block.text)) {
    encoding.ledger.mapped('messages.empty_text', 'left out: empty text is refused');
    return undefined;
  }
  const wire = restore({ type: 'text', text: block.text }, block.extras, 'messages.text', encoding);
  return mark(wire, block.cache, encoding);
}

function refuseAudio(): never {
  throw new GatewayError('unsupported', 'The chosen model takes no audio.', {
    param: 'messages',
    remedy: 'Send a transcript instead, or use a model that hears.',
  });
}

function encodeRaw(block: RawBlock, encoding: Encoding): Wire | undefined {
  const value = asObject(block.value);
  if (block.origin === DIALECT && value !== undefined) {
    return isNoteForVendor(value, encoding) ? undefined : { ...value };
  }
  const text = foreignWords(block, encoding.ledger);
  return text === undefined ? undefined : { type: 'text', text };
}

/** The billing note means something to its own vendor only. */
function isNoteForVendor(value: JsonObject, encoding: Encoding): boolean {
  if (encoding.sealedOrigin === VENDOR || !isBillingNote(asString(value.text))) return false;
  encoding.ledger.mapped('system', 'the billing note was left out: it is for its own vendor');
  return true;
}

/**
 * Sealed reasoning goes back to its own vendor word for word, empty text included, and nowhere else. The
 * vendor refuses unsigned reasoning; engines read its words.
 */
function encodeReasoningBlock(block: ReasoningBlock, encoding: Encoding): Wire | undefined {
  const { sealed } = block;
  if (sealed !== undefined && sealed.origin === encoding.sealedOrigin) {
    return block.redacted === true
      ? { type: 'redacted_thinking', data: sealed.value }
      : { type: 'thinking', thinking: block.text, signature: sealed.value };
  }
  const fate =
    sealed === undefined ? 'reasoning without a signature is refused' : `sealed by ${sealed.origin}`;
  if (encoding.sealedOrigin === VENDOR || block.redacted === true || isBlank(block.text)) {
    encoding.ledger.dropped('messages.reasoning', fate);
    return undefined;
  }
  if (sealed !== undefined) encoding.ledger.dropped('messages.reasoning.signature', fate);
  return { type: 'thinking', thinking: block.text, signature: '' };
}

function encodeToolCall(block: ToolCallBlock, encoding: Encoding): Wire {
  if (block.sealed !== undefined && block.sealed.origin !== encoding.sealedOrigin) {
    encoding.ledger.dropped('messages.tool_call.signature', `sealed by ${block.sealed.origin}`);
  }
  const wire: Wire = {
    type: 'tool_use',
    id: wireId(block.id),
    name: wireName(block.name, block.custom === true),
    input: inputObject(block, encoding.ledger, 'messages.tool_call.input'),
  };
  restore(wire, block.extras, 'messages.tool_call', encoding);
  return mark(wire, block.cache, encoding);
}

function encodeToolResult(block: ToolResultBlock, encoding: Encoding): Wire {
  const content = encodeBlocks(block.content, encoding);
  const wire: Wire = { type: 'tool_result', tool_use_id: wireId(block.callId) };
  if (content.length > 0) wire.content = plainText(content) ?? content;
  if (block.isError !== undefined) wire.is_error = block.isError;
  restore(wire, block.extras, 'messages.tool_result', encoding);
  return mark(wire, block.cache, encoding);
}
