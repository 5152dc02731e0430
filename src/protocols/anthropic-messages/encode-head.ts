// How a canonical block begins on the wire, shared by streamed and whole replies.
import { saidInHead } from '../../canonical/head-extras.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { BlockHead } from '../../canonical/reply.ts';
import { wireId } from '../../canonical/wire-names.ts';
import { DIALECT, VENDOR } from './origin.ts';

/** What a block's deltas are. `none`: the start says everything. */
export type BlockKind = 'text' | 'thinking' | 'input' | 'free_text' | 'none';

export interface WireHead {
  readonly kind: BlockKind;
  readonly block: JsonObject;
  /** Begin only when something is said: callers send blocks back, and empty ones are refused. */
  readonly lazy: boolean;
}

/** Undefined when this dialect cannot say the block; the loss is named. */
export function encodeHead(head: BlockHead, fallbackId: string, ledger: Ledger): WireHead | undefined {
  switch (head.type) {
    case 'text':
    case 'refusal':
      return { kind: 'text', block: { type: 'text', text: '' }, lazy: true };
    case 'reasoning':
      return encodeReasoningHead(head, ledger);
    case 'tool_call':
      return encodeCallHead(head, fallbackId, ledger);
    case 'raw':
      return encodeRawHead(head.origin, head.value, ledger);
  }
}

/** Fields of a call only this dialect has: who called, and of which set of tools. */
const CALL_OWN: ReadonlySet<string> = new Set(['caller', 'toolset_name']);

function encodeCallHead(
  head: Extract<BlockHead, { type: 'tool_call' }>,
  fallbackId: string,
  ledger: Ledger,
): WireHead {
  const id = head.id === '' ? fallbackId : wireId(head.id);
  const block: Record<string, Json> = { type: 'tool_use', id, name: head.name, input: {} };
  for (const [name, value] of Object.entries(head.extras ?? {})) {
    if (value !== undefined && CALL_OWN.has(name)) block[name] = value;
    else ledger.dropped(`content.tool_use.${name}`);
  }
  return { kind: head.custom === true ? 'free_text' : 'input', block, lazy: false };
}

function encodeReasoningHead(
  head: Extract<BlockHead, { type: 'reasoning' }>,
  ledger: Ledger,
): WireHead | undefined {
  const { redacted } = head;
  // A blank signature says that nobody signed; clients require the field.
  if (redacted === undefined) {
    return { kind: 'thinking', block: { type: 'thinking', thinking: '', signature: '' }, lazy: true };
  }
  if (redacted.origin === VENDOR) {
    return { kind: 'none', block: { type: 'redacted_thinking', data: redacted.value }, lazy: false };
  }
  ledger.dropped('content.reasoning', `sealed by ${redacted.origin}`);
  return undefined;
}

function encodeRawHead(origin: string, value: Json, ledger: Ledger): WireHead | undefined {
  if (origin === DIALECT && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { kind: 'none', block: value as JsonObject, lazy: false };
  }
  ledger.dropped('content.raw', `content only ${origin} understands`);
  return undefined;
}

/** May a signature of this origin stand on such a block? Where not, the loss is named. */
export function takesSignature({ kind }: WireHead, origin: string, ledger: Ledger): boolean {
  if (kind === 'thinking' && origin === VENDOR) return true;
  ledger.dropped(`content.${kind === 'thinking' ? 'reasoning' : 'tool_call'}.signature`);
  return false;
}

/** May an annotation? */
export function takesAnnotation({ kind }: WireHead, origin: string, ledger: Ledger): boolean {
  if (kind === 'text' && origin === DIALECT) return true;
  ledger.dropped('content.annotations', `written by ${origin}`);
  return false;
}

/** Ids of our own kind stay; others are told apart by their rest. */
export function messageId(id: string, callId: string): string {
  if (id === '') return `msg_${wireId(callId)}`;
  return id.startsWith('msg_') ? wireId(id) : `msg_${wireId(id)}`;
}

/** Fields at the head of another dialect's reply: the system's fingerprint, the tier that served it. */
export function nameStartLosses(extras: JsonObject | undefined, ledger: Ledger): void {
  for (const name of saidInHead(extras)) ledger.dropped(name, 'no such field in a message');
}
