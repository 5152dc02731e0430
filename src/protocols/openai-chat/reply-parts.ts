// Pieces of a Chat reply that its two forms, the stream and the body, have in common.

import type { Sealed } from '../../canonical/blocks.ts';
import { isOfMachine } from '../../canonical/head-extras.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions } from '../../canonical/protocol.ts';
import type { BlockHead, EventOf } from '../../canonical/reply.ts';

/** Extras and raw blocks of our own dialect carry this origin. */
export const origin = 'openai-chat';
const startExtras = ['service_tier', 'system_fingerprint'] as const;
/** OpenAI's words; other vendors' tiers have the same field and other names. */
export const serviceTiers: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'flex',
  'scale',
  'priority',
  'fast',
]);

export function pickStartExtras(wire: JsonObject): JsonObject | undefined {
  const extras: Record<string, Json> = {};
  for (const name of startExtras) {
    const value = wire[name];
    if (value !== undefined && value !== null) extras[name] = value;
  }
  return Object.keys(extras).length === 0 ? undefined : extras;
}

/** What every chunk and the body begin with; one id, time and model throughout. */
export function replyHead(
  event: EventOf<'start'>,
  options: EncoderOptions,
  object: string,
  ledger: Ledger,
): JsonObject {
  const extras: Record<string, Json> = {};
  for (const [name, value] of Object.entries(event.extras ?? {})) {
    if (value === undefined) continue;
    if (isOwnExtra(name, value)) extras[name] = value;
    else if (!isOfMachine(name, value)) ledger.dropped(name);
  }
  return {
    id: replyId(event.id, options.callId),
    object,
    created: event.created ?? options.created,
    model: event.model,
    ...extras,
  };
}

/** A whole reply: its choices in their order. */
export function replyBody<Choice>(
  head: JsonObject,
  choices: ReadonlyMap<number, Choice>,
  encode: (choice: Choice, index: number) => JsonObject,
  usage: JsonObject | undefined,
): string {
  const inOrder = [...choices].sort(([a], [b]) => a - b).map(([index, choice]) => encode(choice, index));
  const said = usage === undefined ? { choices: inOrder } : { choices: inOrder, usage };
  return JSON.stringify(Object.assign({}, head, said));
}

function isOwnExtra(name: string, value: Json): boolean {
  if (typeof value !== 'string') return false;
  return name === 'system_fingerprint' || (name === 'service_tier' && serviceTiers.has(value));
}

function replyId(id: string, callId: string): string {
  if (id.startsWith('chatcmpl-')) return id;
  return `chatcmpl-${id === '' ? callId : id}`;
}

/** Names what a block's head says and Chat cannot. */
export function noteHead(block: BlockHead, ledger: Ledger): void {
  if (block.type === 'reasoning' && block.redacted !== undefined) ledger.dropped('thinking.redacted');
  if (block.type === 'tool_call') {
    for (const name of Object.keys(block.extras ?? {})) ledger.dropped(`tool_calls.${name}`);
  }
  if (block.type === 'raw' && rawFieldsOf(block) === undefined) {
    ledger.dropped(`content.${asString(asObject(block.value)?.type) ?? block.origin}`);
  }
}

/** Message fields of our own dialect (audio, images); anything with a `type` is a part, which replies have not. */
export function rawFieldsOf(block: Extract<BlockHead, { type: 'raw' }>): JsonObject | undefined {
  const fields = block.origin === origin ? asObject(block.value) : undefined;
  return fields === undefined || fields.type !== undefined ? undefined : fields;
}

/** Chat has one place for sealed bytes: Google's, on a tool call. */
export function thoughtSignature(sealed: Sealed, onCall: boolean, ledger: Ledger): JsonObject | undefined {
  if (onCall && sealed.origin === 'google') {
    return { extra_content: { google: { thought_signature: sealed.value } } };
  }
  ledger.dropped(onCall ? 'tool_calls.signature' : 'thinking.signature');
  return undefined;
}

/** Chat nests what Responses says flat; other citations have no form here. */
export function annotationOf(value: Json, ledger: Ledger): JsonObject | undefined {
  const { type, ...rest } = asObject(value) ?? {};
  if (type === 'url_citation' && asObject(rest.url_citation) !== undefined) return { type, ...rest };
  if (type === 'url_citation' && typeof rest.url === 'string') return { type, url_citation: rest };
  ledger.dropped('annotations');
  return undefined;
}

export function noteFinish(event: EventOf<'finish'>, ledger: Ledger): void {
  if (event.sequence !== undefined) ledger.dropped('stop_sequence');
  if (event.reason === 'pause') ledger.approximated('stop_reason', 'a pause looks like a stop');
}

/** Chat's own shape joins by list; Responses' bare list is that of the content. */
export function mergeLogprobs(held: Json | undefined, more: Json): Json {
  const next = asArray(more) === undefined ? asObject(more) : { content: more, refusal: null };
  const before = asObject(held);
  if (before === undefined || next === undefined) return next ?? held ?? null;
  const content = joined(before.content, next.content);
  return { ...before, ...next, content, refusal: joined(before.refusal, next.refusal) };
}

function joined(before: Json | undefined, more: Json | undefined): Json {
  const list = [...(asArray(before) ?? []), ...(asArray(more) ?? [])];
  return list.length > 0 ? list : (more ?? before ?? null);
}
