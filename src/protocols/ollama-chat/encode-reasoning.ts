// Wishes about reasoning to `think`. Ollama refuses `true` for models that cannot think and levels for all but
// one family, and lets those that can do so unasked: so it is only told what it needs to hear.
import type { CallContent, Effort, ReasoningWish } from '../../canonical/content.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { DIALECT } from './origin.ts';

/** Thinks at three levels and cannot leave it. */
const LEVELLED = /gpt-?oss/i;
/** Budgets of tokens up to which a level is meant. */
const LOW = 4096;
const MEDIUM = 16_384;

type Level = 'low' | 'medium' | 'high';

const levels: Readonly<Record<Exclude<Effort, 'none'>, Level>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

export function encodeThink(content: CallContent, options: EncodeOptions): boolean | string | undefined {
  const wish = content.reasoning;
  if (wish === undefined) return undefined;
  if (content.origin === DIALECT)
    return wish.effort === undefined ? wish.mode !== 'disabled' : wordOf(wish.effort);
  const { ledger, model, facts } = options;
  if (wish.display !== undefined) ledger.dropped('thinking.display');
  if (wish.mode === 'disabled' || wish.effort === 'none') {
    ledger.mapped('thinking', 'think: false');
    return false;
  }
  const thinks = facts?.abilities?.includes('reasoning');
  if (thinks === false) {
    ledger.dropped('reasoning_effort', 'the model does not reason');
    return undefined;
  }
  if (wish.mode === 'between_tools') ledger.approximated('thinking', 'the model decides when to reason');
  if (LEVELLED.test(model)) return levelOf(wish, ledger);
  nameFinerWishes(wish, ledger);
  // Where nobody knows, silence is right for both kinds: models that can think then do.
  return thinks === true && wish.mode !== 'adaptive' ? true : undefined;
}

/** What is said natively, in the words Ollama takes. */
export function wordOf(effort: Effort): boolean | Level {
  return effort === 'none' ? false : levels[effort];
}

function levelOf(wish: ReasoningWish, ledger: Ledger): Level | undefined {
  const { effort, budgetTokens } = wish;
  if (effort !== undefined && effort !== 'none') {
    if (budgetTokens !== undefined) ledger.dropped('thinking.budget_tokens', 'the effort is sent');
    const level = levels[effort];
    if (level === effort) ledger.mapped('reasoning_effort', `think: ${level}`);
    else ledger.approximated('reasoning_effort', `think: ${level}`);
    return level;
  }
  if (budgetTokens === undefined) return undefined;
  const level = budgetTokens < LOW ? 'low' : budgetTokens < MEDIUM ? 'medium' : 'high';
  ledger.approximated('thinking.budget_tokens', `think: ${level}`);
  return level;
}

function nameFinerWishes({ effort, budgetTokens, mode }: ReasoningWish, ledger: Ledger): void {
  if (budgetTokens !== undefined)
    ledger.approximated('thinking.budget_tokens', 'the model thinks, unbounded');
  if (effort !== undefined) ledger.approximated('reasoning_effort', 'the model thinks, or does not');
  else if (mode === 'enabled' || mode === 'adaptive') ledger.mapped('thinking', 'the model thinks if it can');
}
