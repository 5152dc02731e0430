// Reasoning on its way back to an upstream: sealed to its own vendor only, in plain words to engines that read them.
import type { ReasoningBlock } from '../../canonical/blocks.ts';
import { asArray, asString, type JsonObject } from '../../canonical/json.ts';
import type { Scribe } from '../../canonical/scribe.ts';
import { hexDigest } from '../../lib/digest.ts';
import { VENDOR } from './origin.ts';

/** Undefined when nothing of it can or may be sent. `unstored`: the upstream keeps no items that an id could name. */
export function encodeReasoningBlock(
  block: ReasoningBlock,
  path: string,
  unstored: boolean,
  scribe: Scribe,
): JsonObject | undefined {
  const { sealed } = block;
  const own = scribe.native ? block.trace : undefined;
  // Without its seal, the vendor looks for the item that it was told not to keep.
  const vendor = scribe.quirks.sealedOrigin === VENDOR;
  if (sealed === undefined) {
    const named = own !== undefined && asString(own.id) !== undefined && !(vendor && unstored);
    return named ? { ...head(block, block.text), ...own } : plainWords(block, path, scribe);
  }
  if (vendor && sealed.origin === VENDOR) {
    return { ...head(block, sealed.value), ...own, encrypted_content: sealed.value };
  }
  const what = block.redacted === true ? 'reasoning.redacted' : 'reasoning.signature';
  scribe.ledger.dropped(what, `sealed by ${sealed.origin}`);
  return block.redacted === true ? undefined : plainWords(block, path, scribe);
}

function plainWords(block: ReasoningBlock, path: string, { ledger, quirks }: Scribe): JsonObject | undefined {
  if (block.text === '') return undefined;
  if (quirks.sealedOrigin === VENDOR || quirks.reasoningField === 'none') {
    ledger.dropped(path, 'reasoning is not sent back to this upstream');
    return undefined;
  }
  const content = [{ type: 'reasoning_text', text: block.text }];
  return { ...head(block, block.text), summary: [], content };
}

/** The summary must be there even when there is none. */
function head(block: ReasoningBlock, seed: string): JsonObject {
  const summary = block.text === '' ? [] : [{ type: 'summary_text', text: block.text }];
  return {
    type: 'reasoning',
    id: `rs_${hexDigest(seed).slice(0, 32)}`,
    summary: asArray(block.trace?.summary) ?? summary,
  };
}
