// Pieces of a reply that its two forms, the stream and the body, have in common, as JSON text: arguments of
// calls go on as the model wrote them, to the last digit.
import type { Sealed } from '../../canonical/blocks.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { BlockHead, ReplyEvent } from '../../canonical/reply.ts';
import { isCompleteObject } from '../../lib/complete-object.ts';
import { DIALECT, VENDOR } from './origin.ts';
import { encodeStop } from './stop-reasons.ts';

type CallHead = Extract<BlockHead, { type: 'tool_call' }>;
type Finish = Extract<ReplyEvent, { type: 'finish' }>;

export function textPart(text: string, thought: boolean, signature?: string): string {
  const thinking = thought ? ',"thought":true' : '';
  return `{"text":${JSON.stringify(text)}${thinking}${signed(signature)}}`;
}

function signed(signature: string | undefined): string {
  return signature === undefined ? '' : `,"thoughtSignature":${JSON.stringify(signature)}`;
}

/** Undefined when the call was cut off: a caller would make it with half of its arguments. */
export function callPart(
  head: CallHead,
  input: string,
  signature: string | undefined,
  ledger: Ledger,
): string | undefined {
  for (const name of Object.keys(head.extras ?? {})) ledger.dropped(`functionCall.${name}`);
  const args = argsOf(head, input);
  if (args === undefined) {
    ledger.dropped('functionCall', 'its arguments are incomplete');
    return undefined;
  }
  const id = head.id === '' ? '' : `"id":${JSON.stringify(head.id)},`;
  const call = `{${id}"name":${JSON.stringify(head.name)},"args":${args}}`;
  return `{"functionCall":${call}${signed(signature)}}`;
}

function argsOf(head: CallHead, input: string): string | undefined {
  if (head.custom === true) return JSON.stringify(wrapInput(input));
  if (input.trim() === '') return '{}';
  return isCompleteObject(input) ? input : undefined;
}

/** A part only this dialect has; those of others are named. */
export function rawPart(head: Extract<BlockHead, { type: 'raw' }>, ledger: Ledger): string | undefined {
  if (head.origin === DIALECT) return JSON.stringify(head.value);
  ledger.dropped(`content.${asString(asObject(head.value)?.type) ?? head.origin}`);
  return undefined;
}

/** The vendor's own signature; those of others mean nothing here. */
export function signatureOf(sealed: Sealed, place: string, ledger: Ledger): string | undefined {
  if (sealed.origin === VENDOR) return sealed.value;
  ledger.dropped(`${place}.signature`);
  return undefined;
}

/** Fields of a candidate that cite; other dialects' citations have no form here. */
export function notesOf(origin: string, value: Json, ledger: Ledger): JsonObject | undefined {
  if (origin === DIALECT) return asObject(value);
  ledger.dropped('annotations');
  return undefined;
}

/** What a candidate says besides its parts, at its end. */
export function endingOf(finish: Finish | undefined, ledger: Ledger): JsonObject {
  const own = finish?.extras;
  if (finish?.sequence !== undefined) ledger.dropped('stop_sequence');
  const finishReason = encodeStop(finish?.reason ?? 'stop', asString(own?.finishReason));
  const message = asString(own?.finishMessage) ?? finish?.explanation;
  const safetyRatings = asArray(own?.safetyRatings);
  return {
    finishReason,
    ...(message === undefined ? {} : { finishMessage: message }),
    ...(safetyRatings === undefined ? {} : { safetyRatings }),
    ...(typeof own?.avgLogprobs === 'number' ? { avgLogprobs: own.avgLogprobs } : {}),
    ...(typeof own?.continuationToken === 'string' ? { continuationToken: own.continuationToken } : {}),
  };
}

/** Why the prompt was refused, when the upstream said so in this dialect. */
export function feedbackOf(finish: Finish | undefined): JsonObject | undefined {
  return asObject(finish?.extras?.promptFeedback);
}

export function replyTail(id: string, model: string, created: number | undefined): string {
  const time =
    created === undefined ? '' : `"createTime":${JSON.stringify(new Date(created * 1000).toISOString())},`;
  return `"modelVersion":${JSON.stringify(model)},${time}"responseId":${JSON.stringify(id)}`;
}

/** Fields of a JSON object as text, to follow others: each with a comma before it. */
export function moreFields(fields: JsonObject): string {
  const text = JSON.stringify(fields);
  return text === '{}' ? '' : `,${text.slice(1, -1)}`;
}
