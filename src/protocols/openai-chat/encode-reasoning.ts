// Wishes about reasoning to the one word Chat has for them, `reasoning_effort`.
import type { Effort, ReasoningWish } from '../../canonical/content.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { ModelFacts } from '../../canonical/provider.ts';

/** Budgets of tokens up to which an effort is meant. */
const LOW = 4096;
const MEDIUM = 16_384;

export function encodeReasoning(
  wish: ReasoningWish | undefined,
  facts: ModelFacts | undefined,
  ledger: Ledger,
): Effort | undefined {
  if (wish === undefined) return undefined;
  if (wish.display !== undefined) ledger.dropped('thinking.display');
  const reasons = facts?.abilities?.includes('reasoning');
  const off = wish.mode === 'disabled' || wish.effort === 'none';
  if (reasons === false) {
    // Sent all the same, it would be refused; and not to reason is what this model does anyway.
    if (!off) ledger.dropped('reasoning_effort', 'the model does not reason');
    return undefined;
  }
  if (wish.effort !== undefined) return statedEffort(wish, wish.effort, ledger);
  if (wish.mode === 'disabled') return silence(reasons, ledger);
  if (wish.budgetTokens !== undefined) return effortOf(wish.budgetTokens, ledger);
  return ownChoice(wish, ledger);
}

function statedEffort(wish: ReasoningWish, effort: Effort, ledger: Ledger): Effort {
  if (wish.budgetTokens !== undefined) ledger.dropped('thinking.budget_tokens', 'the effort is sent');
  if (wish.mode !== undefined) ledger.mapped('thinking', 'the effort is sent');
  return effort;
}

/** Models that do not know `none` refuse it: it is said only to models known to reason. */
function silence(reasons: boolean | undefined, ledger: Ledger): Effort | undefined {
  if (reasons === true) {
    ledger.mapped('thinking', 'reasoning_effort none');
    return 'none';
  }
  ledger.dropped('thinking', 'whether the model reasons is not known');
  return undefined;
}

function effortOf(budget: number, ledger: Ledger): Effort {
  const effort = budget < LOW ? 'low' : budget < MEDIUM ? 'medium' : 'high';
  ledger.approximated('thinking.budget_tokens', `reasoning_effort ${effort}`);
  return effort;
}

function ownChoice(wish: ReasoningWish, ledger: Ledger): Effort | undefined {
  if (wish.mode === 'enabled') {
    ledger.approximated('thinking', 'reasoning_effort medium');
    return 'medium';
  }
  if (wish.mode === 'between_tools') ledger.approximated('thinking', 'the model decides when to reason');
  else if (wish.mode === 'adaptive') ledger.mapped('thinking', 'the model decides, as it does by default');
  return undefined;
}
