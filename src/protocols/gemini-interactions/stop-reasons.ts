// Why a reply ended. The status of an interaction is all there is, and "completed" stands for calls as well: the call
// wins, but never over length.
import { GatewayError } from '../../canonical/errors.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { StopReason } from '../../canonical/reply.ts';
import { inBandError } from './errors.ts';

const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['completed', 'stop'],
  ['requires_action', 'stop'],
  ['incomplete', 'length'],
  ['budget_exceeded', 'length'],
  ['requires_continuation', 'pause'],
]);

const failures: ReadonlySet<string> = new Set(['failed', 'cancelled']);
const waiting: ReadonlySet<string> = new Set(['in_progress', 'queued']);

/** Will there be no more of it? A word nobody knows ends it, too. */
export function isOver(interaction: JsonObject): boolean {
  const status = asString(interaction.status) ?? '';
  return status !== '' && !waiting.has(status);
}

/** The fault that an interaction ended with; undefined when it is an answer. */
export function brokenOff(interaction: JsonObject): GatewayError | undefined {
  const status = asString(interaction.status) ?? '';
  if (reasons.has(status)) return undefined;
  const stated = inBandError(interaction);
  if (stated !== undefined) return stated;
  if (!failures.has(status) && !waiting.has(status)) return undefined;
  const how = waiting.has(status) ? 'has not finished it' : `ended it as "${status}"`;
  return new GatewayError('upstream_fault', `The upstream gave no answer: it ${how}.`);
}

export function decodeStop(interaction: JsonObject, called: boolean): StopReason {
  const reason = reasons.get(asString(interaction.status) ?? '') ?? 'stop';
  return reason === 'stop' && called ? 'tools' : reason;
}
