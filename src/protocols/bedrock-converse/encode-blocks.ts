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
import { foreignWords } from '../../canonical/foreign-words.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { wireName } from '../../canonical/wire-names.ts';
import { wireCallId } from './call-ids.ts';
import { encodeAudio, encodeDocument, encodeImage } from './encode-media.ts';
import { type Encoding, flatten, isBlank, type Piece, piece, restore, type Wire } from './encoding.ts';
import { DIALECT, SEALER, SIGNER } from './origin.ts';

type Encoders = {
  [T in Block['type']]: (block: Extract<Block, { type: T }>, encoding: Encoding) => Wire | undefined;
};

const encoders: Encoders = {
  text: encodeText,
  image: encodeImage,
  document: encodeDocument,
  audio: encodeAudio,
  reasoning: encodeReasoningBlock,
  tool_call: encodeToolCall,
  tool_result: encodeToolResult,
  refusal: (block) => (isBlank(block.text) ? undefined : { text: block.text }),
  raw: encodeRaw,
};

export function encodeBlocks(blocks: readonly Block[], encoding: Encoding): Piece[] {
  const pieces: Piece[] = [];
  for (const block of blocks) {
    const encode = encoders[block.type] as (block: Block, encoding: Encoding) => Wire | undefined;
    const wire = encode(block, encoding);
    if (wire !== undefined) pieces.push(piece(wire, 'cache' in block ? block.cache : undefined, encoding));
  }
  return pieces;
}

function encodeText(block: TextBlock, encoding: Encoding): Wire | undefined {
  const { extras } = block;
  if (encoding.native && extras !== undefined) return { ...extras };
  if (isBlank(block.text)) {
    encoding.ledger.mapped('messages.empty_text', 'left out: empty text is refused');
    return undefined;
  }
  return restore({ text: block.text }, extras, 'messages.text', encoding);
}

function encodeRaw(block: RawBlock, encoding: Encoding): Wire | undefined {
  const value = asObject(block.value);
  if (block.origin === DIALECT && value !== undefined) return { ...value };
  if (isBillingNote(asString(value?.text))) {
    encoding.ledger.mapped('system', 'the billing note was left out: it is for its own vendor');
    return undefined;
  }
  const text = foreignWords(block, encoding.ledger);
  return text === undefined ? undefined : { text };
}

/** Sealed reasoning goes back word for word where it came from. Unsigned reasoning is refused there, too. */
function encodeReasoningBlock(block: ReasoningBlock, encoding: Encoding): Wire | undefined {
  const { sealed, text } = block;
  if (sealed !== undefined && encoding.signs) {
    if (block.redacted === true && sealed.origin === SEALER) {
      return { reasoningContent: { redactedContent: sealed.value } };
    }
    if (block.redacted !== true && sealed.origin === SIGNER) {
      return { reasoningContent: { reasoningText: { text, signature: sealed.value } } };
    }
  }
  const why =
    sealed === undefined ? 'reasoning without a signature is refused' : `sealed by ${sealed.origin}`;
  encoding.ledger.dropped('messages.reasoning', why);
  return undefined;
}

function encodeToolCall(block: ToolCallBlock, encoding: Encoding): Wire {
  if (block.sealed !== undefined) {
    encoding.ledger.dropped('messages.tool_call.signature', `sealed by ${block.sealed.origin}`);
  }
  const use: Wire = {
    toolUseId: wireCallId(block.id),
    name: wireName(block.name, block.custom === true),
    input: inputObject(block, encoding.ledger, 'messages.tool_call.input'),
  };
  return { toolUse: restore(use, block.extras, 'messages.tool_call', encoding) };
}

/** A result without content is refused where it is an error, and by some models everywhere. */
const NOTHING: JsonObject = { text: '(no content)' };

function encodeToolResult(block: ToolResultBlock, encoding: Encoding): Wire {
  const content = flatten(encodeBlocks(block.content.map(uncached), encoding));
  if (content.length === 0) {
    encoding.ledger.mapped('messages.tool_result', 'an empty result says so: without content it is refused');
    content.push(NOTHING);
  }
  const result: Wire = { toolUseId: wireCallId(block.callId), content };
  if (encoding.family.status && block.isError !== undefined) {
    result.status = block.isError ? 'error' : 'success';
  } else if (block.isError === true) {
    encoding.ledger.dropped('messages.tool_result.is_error', 'this model takes no status of a result');
  }
  return { toolResult: restore(result, block.extras, 'messages.tool_result', encoding) };
}

/** Cache points have no place inside a result. */
function uncached(block: Block): Block {
  if (!('cache' in block) || block.cache === undefined) return block;
  const { cache: _, ...rest } = block;
  return rest;
}
