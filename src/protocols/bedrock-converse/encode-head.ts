// How a canonical block begins on the wire, shared by streamed and whole replies.
import type { Json, JsonObject } from '../../canonical/json.ts';
import { asObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { BlockHead } from '../../canonical/reply.ts';
import { wireCallId } from './call-ids.ts';
import { DIALECT, SEALER, SIGNER } from './origin.ts';

/** What a block's deltas are. `none`: it is whole as it begins. */
export type BlockKind = 'text' | 'reasoning' | 'input' | 'free_text' | 'none';

export interface WireHead {
  readonly kind: BlockKind;
  /** Of a call its start; of a block without deltas all of it. */
  readonly block: JsonObject;
}

/** Undefined when this dialect cannot say the block; the loss is named. */
export function encodeHead(head: BlockHead, fallbackId: string, ledger: Ledger): WireHead | undefined {
  switch (head.type) {
    case 'text':
    case 'refusal':
      return { kind: 'text', block: {} };
    case 'reasoning':
      return encodeReasoningHead(head, ledger);
    case 'tool_call':
      return encodeCallHead(head, fallbackId, ledger);
    case 'raw':
      return encodeRawHead(head.origin, head.value, ledger);
  }
}

function encodeReasoningHead(
  { redacted }: Extract<BlockHead, { type: 'reasoning' }>,
  ledger: Ledger,
): WireHead | undefined {
  if (redacted === undefined) return { kind: 'reasoning', block: {} };
  if (redacted.origin === SEALER) {
    return { kind: 'none', block: { reasoningContent: { redactedContent: redacted.value } } };
  }
  ledger.dropped('content.reasoning', `sealed by ${redacted.origin}`);
  return undefined;
}

function encodeCallHead(
  head: Extract<BlockHead, { type: 'tool_call' }>,
  fallbackId: string,
  ledger: Ledger,
): WireHead {
  for (const name of Object.keys(head.extras ?? {})) ledger.dropped(`content.toolUse.${name}`);
  const toolUseId = head.id === '' ? fallbackId : wireCallId(head.id);
  return {
    kind: head.custom === true ? 'free_text' : 'input',
    block: { toolUse: { toolUseId, name: head.name } },
  };
}

function encodeRawHead(origin: string, value: Json, ledger: Ledger): WireHead | undefined {
  const block = asObject(value);
  if (origin === DIALECT && block !== undefined) return { kind: 'none', block };
  ledger.dropped('content.raw', `content only ${origin} understands`);
  return undefined;
}

/** May a signature of this origin stand on such a block? Where not, the loss is named. */
export function takesSignature({ kind }: WireHead, origin: string, ledger: Ledger): boolean {
  if (kind === 'reasoning' && origin === SIGNER) return true;
  ledger.dropped(`content.${kind}.signature`);
  return false;
}

/** May an annotation? */
export function takesAnnotation({ kind }: WireHead, origin: string, ledger: Ledger): boolean {
  if (kind === 'text' && origin === DIALECT) return true;
  ledger.dropped('content.annotations', `written by ${origin}`);
  return false;
}
