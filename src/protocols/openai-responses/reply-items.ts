// Items of a reply as JSON, while they are being said and when they are done.
import type { Sealed } from '../../canonical/blocks.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { asObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { BlockHead } from '../../canonical/reply.ts';
import { DIALECT, markForeign, VENDOR } from './origin.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export function messageItem(
  id: string,
  status: ItemStatus,
  content: readonly Json[],
  phase?: Json,
): JsonObject {
  const message = { id, type: 'message', status, role: 'assistant', content };
  return phase === undefined ? message : { ...message, phase };
}

export function textPart(text: string, annotations: readonly Json[], logprobs: readonly Json[]): JsonObject {
  return { type: 'output_text', annotations, logprobs, text };
}

/** The summary is there even when there is none. */
export function reasoningItem(
  id: string,
  text: string,
  verbatim: boolean,
  sealed: string | undefined,
): JsonObject {
  const item = {
    id,
    type: 'reasoning',
    summary: text === '' || verbatim ? [] : [{ type: 'summary_text', text }],
    ...(verbatim ? { content: [{ type: 'reasoning_text', text }] } : {}),
  };
  return sealed === undefined ? item : { ...item, encrypted_content: sealed };
}

export interface CallName {
  readonly name: string;
  readonly namespace?: string;
  readonly caller?: Json;
}

export function callItem(
  id: string,
  status: ItemStatus,
  { custom, id: call_id }: Extract<BlockHead, { type: 'tool_call' }>,
  place: CallName,
  input: string,
): JsonObject {
  const [type, field] = custom === true ? ['custom_tool_call', 'input'] : ['function_call', 'arguments'];
  return { id, type, status, call_id, ...place, [field as string]: input };
}

/** What goes into `encrypted_content`: the vendor's own as it is, others' with our mark, to find them again. */
export function sealText(sealed: Sealed, kind: 'signature' | 'redacted' | 'call', callId = ''): string {
  return sealed.origin === VENDOR ? sealed.value : markForeign(sealed, kind, callId);
}

/** Chat's nested citation said flat; those of others have no form here. */
export function annotationOf(value: Json, origin: string, ledger: Ledger): JsonObject | undefined {
  const { type, url_citation, ...rest } = asObject(value) ?? {};
  const nested = asObject(url_citation);
  if (type === 'url_citation' && nested !== undefined) return { type, ...nested };
  if (origin === DIALECT || (type === 'url_citation' && typeof rest.url === 'string')) {
    return asObject(value);
  }
  ledger.dropped('annotations', `written by ${origin}`);
  return undefined;
}

/** Chat's object or a bare list of entries. */
export function logprobEntries(value: Json): readonly Json[] {
  const list = asObject(value)?.content ?? value;
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}
