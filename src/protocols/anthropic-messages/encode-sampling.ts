// Sampling, bounds and identity: the fields of a call that hold a number or a word.

import { isAtLeast, since } from '../../canonical/claude-version.ts';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { hashedIdentity } from '../../canonical/identity.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { Wire } from './encoding.ts';
import { isNative } from './origin.ts';

/** With thinking on, top_p below this is refused. */
const LEAST_THINKING_TOP_P = 0.95;

/** What has no counterpart: asked for and not given would be a lie, so it is refused or named. */
export function refuseImpossible(content: CallContent): void {
  if (content.n !== undefined && content.n > 1) {
    throw impossible('n', 'The chosen model gives one reply per call.', 'Set n to 1, or call several times.');
  }
  if (content.logprobs !== undefined) {
    throw impossible('logprobs', 'The chosen model reports no log probabilities.', 'Leave logprobs out.');
  }
}

function impossible(param: string, message: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', message, { param, remedy });
}

export function nameLosses(content: CallContent, ledger: Ledger): void {
  if (content.seed !== undefined) ledger.dropped('seed');
  if (content.verbosity !== undefined) ledger.dropped('verbosity');
  if (content.logitBias !== undefined && Object.keys(content.logitBias).length > 0)
    ledger.dropped('logit_bias');
  // Zero is what happens anyway.
  if (content.presencePenalty !== undefined && content.presencePenalty !== 0) {
    ledger.dropped('presence_penalty');
  }
  if (content.frequencyPenalty !== undefined && content.frequencyPenalty !== 0) {
    ledger.dropped('frequency_penalty');
  }
  if (content.metadata !== undefined && Object.keys(content.metadata).length > 0) ledger.dropped('metadata');
}

export function addSampling(
  body: Wire,
  content: CallContent,
  thinks: boolean,
  version: number | undefined,
  ledger: Ledger,
): void {
  const temperature = clampTemperature(content.temperature, ledger);
  if (temperature !== undefined) {
    if (thinks && temperature !== 1) ledger.dropped('temperature', 'refused together with thinking');
    else body.temperature = temperature;
  }
  addTopP(body, content.topP, thinks, version, ledger);
  if (content.topK !== undefined) {
    if (thinks) ledger.dropped('top_k', 'refused together with thinking');
    else body.top_k = content.topK;
  }
}

function clampTemperature(temperature: number | undefined, ledger: Ledger): number | undefined {
  if (temperature === undefined || temperature <= 1) return temperature;
  ledger.approximated('temperature', `${temperature}: 1 is the highest here`);
  return 1;
}

function addTopP(
  body: Wire,
  topP: number | undefined,
  thinks: boolean,
  version: number | undefined,
  ledger: Ledger,
): void {
  if (topP === undefined) return;
  const alone =
    body.temperature === undefined || version === undefined || !isAtLeast(version, since.oneSampler);
  if (thinks && topP < LEAST_THINKING_TOP_P) ledger.dropped('top_p', 'refused together with thinking');
  else if (alone) body.top_p = topP;
  // 1 is no bound at all.
  else if (topP < 1) ledger.dropped('top_p', 'refused together with temperature');
}

export function addStop(body: Wire, stop: readonly string[] | undefined, ledger: Ledger): void {
  if (stop === undefined) return;
  const usable = stop.filter((text) => text.trim() !== '');
  if (usable.length < stop.length) {
    const harmless = stop.every((text) => text === '' || text.trim() !== '');
    if (harmless) ledger.mapped('stop', 'an empty stop string stops nothing');
    else ledger.dropped('stop', 'stop strings of white space are refused');
  }
  if (usable.length > 0) body.stop_sequences = usable;
}

export function addIdentity(body: Wire, content: CallContent, ledger: Ledger): void {
  const { user, serviceTier } = content;
  if (user !== undefined && user !== '') {
    const native = isNative(content);
    if (!native) ledger.mapped('user', 'hashed');
    body.metadata = { user_id: native ? user : hashedIdentity(user) };
  }
  if (serviceTier === undefined) return;
  if (serviceTier === 'auto' || serviceTier === 'standard_only') body.service_tier = serviceTier;
  else if (serviceTier === 'default') {
    ledger.mapped('service_tier', 'default is called standard_only here');
    body.service_tier = 'standard_only';
  } else ledger.dropped('service_tier');
}
