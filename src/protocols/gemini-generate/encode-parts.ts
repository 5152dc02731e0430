// Blocks to parts. What the dialect cannot say is refused when it carries meaning, else named.

import { isBillingNote } from '../../canonical/billing-note.ts';
import type { Block, ReasoningBlock, TextBlock, ToolCallBlock } from '../../canonical/blocks.ts';
import { inputObject } from '../../canonical/call-input.ts';
import { wireName } from '../../canonical/gemini-names.ts';
import { asObject, asString, type Json } from '../../canonical/json.ts';
import { sayable } from '../../canonical/sayable.ts';
import { encodeAudio, encodeDocument, encodeImage } from './encode-media.ts';
import { type Encoding, noteLostCache, present, refused, restore, type Wire } from './encoding.ts';
import { DIALECT, VENDOR } from './origin.ts';

/** One block of any turn; undefined when nothing of it can or may be sent. Results need their calls' names. */
export function encodePart(block: Block, path: string, encoding: Encoding): Wire | undefined {
  switch (block.type) {
    case 'text':
      return encodeText(block, path, encoding);
    case 'image':
      return encodeImage(block, path, encoding);
    case 'document':
      return encodeDocument(block, path, encoding);
    case 'audio':
      return encodeAudio(block);
    case 'reasoning':
      return encodeReasoning(block, encoding);
    case 'tool_call':
      return encodeCall(block, path, encoding);
    case 'refusal':
      return block.text === '' ? undefined : { text: block.text };
    case 'raw':
      return encodeRaw(block.origin, block.value, path, encoding);
    case 'tool_result':
      encoding.ledger.dropped(path, 'a tool_result has no place in this message');
      return undefined;
  }
}

/** Empty text is refused, unless a signature stands on it. */
function encodeText(block: TextBlock, path: string, encoding: Encoding): Wire | undefined {
  noteLostCache(block.cache, encoding);
  if (isBillingNote(block.text)) {
    encoding.ledger.mapped(path, 'a billing note means nothing to this upstream');
    return undefined;
  }
  const wire = restore({ text: block.text }, block.extras, path, encoding);
  return block.text === '' && Object.keys(wire).length === 1 ? undefined : wire;
}

/** Thoughts go back to their own vendor with its signature; without one only if the caller sent them so. */
function encodeReasoning(block: ReasoningBlock, encoding: Encoding): Wire | undefined {
  const { sealed, text } = block;
  if (sealed?.origin === VENDOR) return { text, thought: true, thoughtSignature: sealed.value };
  if (sealed === undefined && encoding.native) return { text, thought: true };
  const why = sealed === undefined ? 'the upstream takes back only its own' : `sealed by ${sealed.origin}`;
  encoding.ledger.dropped('messages.reasoning', why);
  return undefined;
}

function encodeCall(block: ToolCallBlock, path: string, encoding: Encoding): Wire {
  noteLostCache(block.cache, encoding);
  const args = inputObject(block, encoding.ledger, `${path}.args`);
  const functionCall = { id: block.id, name: wireName(block.name, block.custom === true), args };
  const wire: Wire = present({ functionCall, thoughtSignature: signatureOf(block, encoding) });
  return restore(wire, block.extras, path, encoding);
}

/** The call's own, or what we remember of it. */
function signatureOf(block: ToolCallBlock, { seals, ledger }: Encoding): string | undefined {
  const { sealed } = block;
  if (sealed?.origin === VENDOR) return sealed.value;
  if (sealed !== undefined) {
    ledger.dropped('messages.tool_call.signature', `sealed by ${sealed.origin}`);
    return undefined;
  }
  const kept = seals?.find(block.id);
  return kept?.origin === VENDOR ? kept.value : undefined;
}

/** What only another dialect understands is kept as its words, or refused: without it the question is another. */
function encodeRaw(origin: string, value: Json, path: string, encoding: Encoding): Wire | undefined {
  const wire = asObject(value);
  if (origin === DIALECT && wire !== undefined) return { ...wire };
  const text = sayable(value);
  if (isBillingNote(asString(wire?.text))) {
    encoding.ledger.mapped(path, 'a billing note means nothing to this upstream');
    return undefined;
  }
  if (text === undefined) {
    const type = asString(wire?.type) ?? Object.keys(wire ?? {})[0] ?? 'unknown';
    throw refused(path, `content of type ${type}`, 'Send its content as text, or leave it out.');
  }
  encoding.ledger.approximated(path, 'its words become plain text');
  return text === '' ? undefined : { text };
}
