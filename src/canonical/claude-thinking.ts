// How hard a Claude model is to think: one wish, said as this model understands it. Older models take a budget of tokens,
// newer ones a word for the effort and decide by themselves.
import { isAtLeast, since } from './claude-version.ts';
import type { Effort, ReasoningWish } from './content.ts';
import type { JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';

export interface Thinking {
  /** The `thinking` field; undefined leaves the model's default. */
  readonly field: JsonObject | undefined;
  readonly effort: string | undefined;
}

type Mode = NonNullable<ReasoningWish['mode']>;

const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

const LEAST_BUDGET = 1024;

export interface ReasoningPlace {
  readonly version: number | undefined;
  /** What the caller allows for the whole reply; undefined when the caller set no bound. */
  readonly maxTokens: number | undefined;
  /** The last turn answers calls that were made without reasoning: a budget would be refused. */
  readonly unreasoned: boolean;
  /** The wish was made in the vendor's own words. */
  readonly native: boolean;
  readonly ledger: Ledger;
}

const nothing: Thinking = { field: undefined, effort: undefined };

export function encodeThinking(wish: ReasoningWish | undefined, place: ReasoningPlace): Thinking {
  if (wish === undefined) return nothing;
  const mode = askedMode(wish, place.native);
  if (!isAtLeast(place.version, since.thinking)) {
    if (mode !== 'disabled') place.ledger.dropped('reasoning', 'this model does not reason');
    return nothing;
  }
  const effort = encodeEffort(wish, place);
  if (mode === undefined) return { field: undefined, effort };
  const field = encodeMode(mode, wish, place);
  return { field: field === undefined ? undefined : withDisplay(field, wish, place.ledger), effort };
}

/** Elsewhere an effort means "reason"; here it can stand alone and then changes no mode. */
function askedMode(wish: ReasoningWish, native: boolean): Mode | undefined {
  if (wish.mode !== undefined) return wish.mode;
  if (wish.effort === 'none') return 'disabled';
  if (wish.budgetTokens !== undefined) return 'enabled';
  return native || wish.effort === undefined ? undefined : 'adaptive';
}

function encodeEffort(wish: ReasoningWish, place: ReasoningPlace): string | undefined {
  const { effort } = wish;
  if (effort === undefined || effort === 'none') return undefined;
  const least = place.native ? since.effort : since.adaptive;
  if (!isAtLeast(place.version, least)) {
    place.ledger.mapped('reasoning_effort', 'said as a budget of tokens');
    return undefined;
  }
  if (effort !== 'minimal') return effort;
  place.ledger.approximated('reasoning_effort', 'minimal is not known here: low');
  return 'low';
}

function encodeMode(mode: Mode, wish: ReasoningWish, place: ReasoningPlace): JsonObject | undefined {
  if (mode === 'disabled') return { type: 'disabled' };
  if (mode === 'enabled' && isAtLeast(place.version, since.noBudget)) {
    if (place.version !== undefined || wish.budgetTokens === undefined) return adaptiveFor(wish, place);
  }
  if (mode === 'enabled' || !isAtLeast(place.version, since.adaptive)) return budgetFor(mode, wish, place);
  return { type: mode };
}

function adaptiveFor(wish: ReasoningWish, place: ReasoningPlace): JsonObject {
  if (wish.budgetTokens !== undefined) {
    place.ledger.approximated('reasoning.budget_tokens', 'this model decides by itself how much to think');
  }
  return { type: 'adaptive' };
}

function budgetFor(mode: Mode, wish: ReasoningWish, place: ReasoningPlace): JsonObject | undefined {
  const { ledger, maxTokens } = place;
  if (place.unreasoned) {
    ledger.approximated('reasoning', 'off: the tool calls before carry no reasoning of this vendor');
    return undefined;
  }
  if (mode === 'between_tools')
    ledger.approximated('reasoning.mode', 'this model thinks before tools as well');
  const wanted = Math.max(LEAST_BUDGET, wish.budgetTokens ?? budgets[wish.effort ?? 'medium']);
  const budget = maxTokens === undefined ? wanted : Math.min(wanted, maxTokens - 1);
  if (budget < LEAST_BUDGET) {
    ledger.approximated('reasoning', `off: max_tokens leaves less than ${LEAST_BUDGET} tokens for it`);
    return undefined;
  }
  if (wish.budgetTokens !== undefined && budget !== wish.budgetTokens) {
    ledger.approximated('reasoning.budget_tokens', `${budget}: between ${LEAST_BUDGET} and max_tokens`);
  }
  return { type: 'enabled', budget_tokens: budget };
}

function withDisplay(field: JsonObject, wish: ReasoningWish, ledger: Ledger): JsonObject {
  const { display } = wish;
  if (display === undefined || (field.type !== 'enabled' && field.type !== 'adaptive')) return field;
  if (display === 'summarized' || display === 'omitted') return { ...field, display };
  ledger.mapped('reasoning.summary', `${display}: summarized`);
  return { ...field, display: 'summarized' };
}

/** Is the model told to think? Sampling and forced tools depend on it. */
export function thinks(thinking: Thinking): boolean {
  return thinking.field !== undefined && thinking.field.type !== 'disabled';
}
