// Wishes about reasoning to the one word some dialects have for them: an effort.
import type { Effort, ReasoningWish } from './content.ts';
import type { Ledger } from './ledger.ts';
import type { EncodeOptions } from './protocol.ts';

/** Budgets of tokens up to which an effort is meant. */
const LOW = 4096;
const MEDIUM = 16_384;

export function effortOfWish(wish: ReasoningWish | undefined, options: EncodeOptions): Effort | undefined {
  if (wish === undefined) return undefined;
  const { ledger } = options;
  // Whether thoughts are shown is not for these dialects to say; shown they are, if at all.
  if (wish.display === 'omitted') ledger.dropped('thinking.display');
  const reasons = knownToReason(options);
  const off = wish.mode === 'disabled' || wish.effort === 'none';
  if (reasons === false) {
    // Sent all the same, it would be refused; and not to reason is what this model does anyway.
    if (!off) ledger.dropped('reasoning_effort', 'the model does not reason');
    return undefined;
  }
  if (wish.effort !== undefined) return statedEffort(wish, wish.effort, ledger);
  if (wish.mode === 'disabled') return silence(reasons, ledger);
  if (wish.budgetTokens !== undefined) return effortOfBudget(wish.budgetTokens, ledger);
  return ownChoice(wish, ledger);
}

type Reasoner = Pick<EncodeOptions, 'facts' | 'quirks' | 'model'>;

/** Undefined when nobody knows. A name that promises reasoning says nothing of which efforts there are. */
export function knownToReason({ facts, quirks, model }: Reasoner): boolean | undefined {
  const stated = facts?.abilities?.includes('reasoning');
  if (stated !== undefined || quirks.reasoningModels === undefined) return stated;
  return new RegExp(quirks.reasoningModels).test(model) ? undefined : false;
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

export function effortOfBudget(budget: number, ledger: Ledger): Effort {
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
