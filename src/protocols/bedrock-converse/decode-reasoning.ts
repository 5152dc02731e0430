// Reasoning in calls and replies: signed words, or sealed bytes.
import type { ReasoningBlock } from '../../canonical/blocks.ts';
import { objectAt, optionalObject, optionalString } from '../../canonical/field-checks.ts';
import { asString, type Json } from '../../canonical/json.ts';
import { SEALER, SIGNER } from './origin.ts';

export function decodeReasoning(value: Json, at: string): ReasoningBlock | undefined {
  const reasoning = objectAt(value, at);
  const redacted = asString(reasoning.redactedContent);
  if (redacted !== undefined) {
    return { type: 'reasoning', text: '', sealed: { origin: SEALER, value: redacted }, redacted: true };
  }
  const said = optionalObject(reasoning.reasoningText, `${at}.reasoningText`);
  if (said === undefined) return undefined;
  const text = optionalString(said.text, `${at}.reasoningText.text`) ?? '';
  const signature = optionalString(said.signature, `${at}.reasoningText.signature`) ?? '';
  return signature === ''
    ? { type: 'reasoning', text }
    : { type: 'reasoning', text, sealed: { origin: SIGNER, value: signature } };
}
