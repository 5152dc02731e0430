// Wishes about reasoning: thinking is on or off there, with a bound in tokens or without. Models that can think do
// unless they are told not to, and others refuse to be told: so a wish for it is only said where it changes something.
import type { ReasoningWish } from '../../canonical/content.ts';
import { knownToReason } from '../../canonical/effort.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';

const off: JsonObject = { type: 'disabled' };
const on: JsonObject = { type: 'enabled' };

export function encodeThinking(
  wish: ReasoningWish | undefined,
  options: EncodeOptions,
): JsonObject | undefined {
  if (wish === undefined) return undefined;
  const { ledger } = options;
  const silent = wish.mode === 'disabled' || wish.effort === 'none';
  if (knownToReason(options) === false) {
    if (!silent) ledger.dropped('reasoning_effort', 'the model does not reason');
    return undefined;
  }
  if (wish.display === 'omitted') ledger.dropped('thinking.display');
  return silent ? off : wordsOf(wish, knownToReason(options) === true, ledger);
}

function wordsOf(wish: ReasoningWish, thinks: boolean, ledger: Ledger): JsonObject | undefined {
  const { mode, effort, budgetTokens } = wish;
  if (mode === 'between_tools') ledger.approximated('thinking', 'the model decides when to reason');
  if (budgetTokens !== undefined && budgetTokens > 0) {
    if (effort !== undefined) ledger.dropped('reasoning_effort', 'the budget is sent');
    return { ...on, token_budget: budgetTokens };
  }
  if (effort !== undefined) ledger.approximated('reasoning_effort', 'the model thinks if it can');
  else if (mode === 'adaptive' || mode === 'enabled') ledger.mapped('thinking', 'the model thinks if it can');
  return thinks && mode !== 'adaptive' && (effort !== undefined || mode === 'enabled') ? on : undefined;
}
