// How hard to think, in the words of whose model it is: fields of the model's own, and for Claude a word for the
// effort that the service knows.

import { encodeThinking, type Thinking } from '../../canonical/claude-thinking.ts';
import { claudeVersion } from '../../canonical/claude-version.ts';
import type { CallContent, Effort } from '../../canonical/content.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { Family } from './families.ts';
import { isNative } from './origin.ts';

export interface Thoughts {
  /** What forced tools and sampling depend on. */
  readonly thinking: Thinking;
  /** Fields of the model's own. */
  readonly fields: JsonObject;
  readonly effort: string | undefined;
}

export interface ThinkingPlace {
  readonly model: string;
  readonly family: Family;
  readonly maxTokens: number | undefined;
  readonly unreasoned: boolean;
  readonly ledger: Ledger;
}

const unthinking: Thinking = { field: undefined, effort: undefined };
const nothing: Thoughts = { thinking: unthinking, fields: {}, effort: undefined };

export function encodeThoughts(content: CallContent, place: ThinkingPlace): Thoughts {
  const wish = content.reasoning;
  if (wish === undefined) return nothing;
  if (isNative(content)) return asWritten(content);
  const { family, ledger, model } = place;
  if (family.name === 'claude' || family.name === 'untold') {
    const thinking = encodeThinking(wish, { ...place, version: claudeVersion(model), native: false });
    const fields = thinking.field === undefined ? {} : { thinking: thinking.field };
    return { thinking, fields, effort: thinking.effort };
  }
  const effort = levelOf(content);
  if (family.name === 'gpt-oss') return encodeLevel(effort, 'reasoning_effort', ledger);
  if (/nova-2/.test(model)) return encodeNova(effort);
  if (effort !== undefined) ledger.dropped('reasoning', 'nothing is known of how this model is asked to');
  return nothing;
}

/** A caller of this dialect wrote it for this model. */
function asWritten({ reasoning }: CallContent): Thoughts {
  const { mode, effort, budgetTokens, display } = reasoning ?? {};
  if (mode === undefined) return { ...nothing, effort };
  const field: JsonObject = {
    type: mode,
    ...(budgetTokens === undefined ? {} : { budget_tokens: budgetTokens }),
    ...(display === undefined ? {} : { display }),
  };
  return { thinking: { field, effort }, fields: { thinking: field }, effort };
}

type Level = 'low' | 'medium' | 'high';

const levels: Readonly<Record<Effort, Level | undefined>> = {
  none: undefined,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** Budgets of tokens up to which a level is meant. */
const LOW = 4096;
const MEDIUM = 16_384;

/** Undefined: not at all. */
function levelOf({ reasoning: wish }: CallContent): Level | undefined {
  if (wish === undefined || wish.mode === 'disabled') return undefined;
  if (wish.effort !== undefined) return levels[wish.effort];
  if (wish.budgetTokens === undefined) return 'medium';
  return wish.budgetTokens < LOW ? 'low' : wish.budgetTokens < MEDIUM ? 'medium' : 'high';
}

function encodeLevel(level: Level | undefined, field: string, ledger: Ledger): Thoughts {
  if (level === undefined) {
    ledger.dropped('reasoning', 'this model always reasons');
    return nothing;
  }
  ledger.mapped('reasoning', `${field} ${level}`);
  return { ...nothing, fields: { [field]: level } };
}

function encodeNova(level: Level | undefined): Thoughts {
  const reasoningConfig =
    level === undefined ? { type: 'disabled' } : { type: 'enabled', maxReasoningEffort: level };
  return { ...nothing, fields: { reasoningConfig } };
}
