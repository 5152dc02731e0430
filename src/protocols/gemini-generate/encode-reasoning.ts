// How hard to think: one wish, said as this model understands it. Up to 2.5 it is a budget of tokens, from 3 on
// a word; both at once are refused.
import type { Effort, ReasoningWish } from '../../canonical/content.ts';
import { isAtLeast, since } from '../../canonical/gemini-version.ts';
import { type ModelPlace, thinkingLevel } from '../../canonical/gemini-wishes.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import { present } from './encoding.ts';

export interface ReasoningPlace extends ModelPlace {
  readonly native: boolean;
}

const OWN_BUDGET = -1;
/** The largest models of 2.5 cannot stop thinking altogether. */
const LEAST_PRO_BUDGET = 128;

const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

/** `thinkingConfig`; undefined leaves the model's default. */
export function encodeReasoning(
  wish: ReasoningWish | undefined,
  place: ReasoningPlace,
): JsonObject | undefined {
  if (wish === undefined) return undefined;
  const off = wish.mode === 'disabled' || wish.effort === 'none';
  if (place.version !== undefined && place.version < since.thinking) {
    if (!off) place.ledger.dropped('reasoning', 'this model does not reason');
    return undefined;
  }
  const amount = isAtLeast(place.version, since.levels)
    ? byLevel(wish, off, place)
    : byBudget(wish, off, place);
  const config = present({ ...amount, includeThoughts: showsThoughts(wish, off, place) });
  return Object.keys(config).length === 0 ? undefined : config;
}

/** Callers of other dialects who ask for reasoning get to see it. */
function showsThoughts(wish: ReasoningWish, off: boolean, { native }: ReasoningPlace): boolean | undefined {
  if (wish.display !== undefined) return wish.display !== 'omitted';
  return native || off ? undefined : true;
}

function byLevel(wish: ReasoningWish, off: boolean, place: ReasoningPlace): JsonObject {
  const { ledger, native } = place;
  const effort = off ? 'none' : wish.effort;
  if (effort !== undefined) {
    if (wish.budgetTokens !== undefined) ledger.dropped('reasoning.budget_tokens', 'the effort is sent');
    // The caller's own words for "off", kept for compatibility.
    if (native && effort === 'none') return { thinkingBudget: 0 };
    return { thinkingLevel: thinkingLevel(effort, place).toUpperCase() };
  }
  if (wish.budgetTokens !== undefined) return { thinkingBudget: wish.budgetTokens };
  if (native && wish.mode === 'adaptive') return { thinkingBudget: OWN_BUDGET };
  noteOwnChoice(wish, ledger);
  return {};
}

function byBudget(wish: ReasoningWish, off: boolean, place: ReasoningPlace): JsonObject {
  const { ledger, native, version } = place;
  if (off) return { thinkingBudget: leastBudget(place) };
  if (wish.budgetTokens !== undefined) {
    if (wish.effort !== undefined) ledger.dropped('reasoning_effort', 'the budget is sent');
    return { thinkingBudget: wish.budgetTokens };
  }
  if (wish.effort !== undefined) {
    // A name that says nothing of its version: the caller knows its own model best.
    if (native && version === undefined) return { thinkingLevel: wish.effort.toUpperCase() };
    const budget = budgets[wish.effort];
    ledger.approximated('reasoning_effort', `a budget of ${budget} tokens`);
    return { thinkingBudget: budget };
  }
  if (wish.mode === undefined) return {};
  noteOwnChoice(wish, ledger);
  return { thinkingBudget: OWN_BUDGET };
}

function leastBudget({ model, ledger }: ReasoningPlace): number {
  if (!model.includes('-pro')) return 0;
  ledger.approximated('reasoning', `a budget of ${LEAST_PRO_BUDGET} tokens: this model always reasons`);
  return LEAST_PRO_BUDGET;
}

function noteOwnChoice(wish: ReasoningWish, ledger: Ledger): void {
  if (wish.mode === 'between_tools')
    ledger.approximated('reasoning.mode', 'the model decides when to reason');
  else if (wish.mode !== undefined)
    ledger.mapped('reasoning.mode', 'the model decides, as it does by default');
}
