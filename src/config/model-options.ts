// One entry of the `models` section, composed of what each stage wants to know about a model.
import * as z from 'zod';
import type { Priority } from '../canonical/caller.ts';
import type { WireTimers } from '../canonical/wire.ts';
import { limitList, parameterRules, priority } from '../flow/admit/options.ts';
import { cacheRule } from '../flow/cache/options.ts';
import { selectorName, type TargetOptions, targetList } from '../flow/choose/options.ts';
import { callTime, hedgeRule, timeoutOptions } from '../flow/dispatch/options.ts';
import { keepalivePeriod } from '../flow/emit/options.ts';
import type { CacheRule, HedgeRule, LimitRule, ParameterRule, SelectorName } from '../flow/stage.ts';
import { flag, words } from '../lib/option-scalars.ts';

export interface ModelOptions {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly targets: readonly TargetOptions[];
  readonly select: SelectorName;
  readonly parameters: readonly ParameterRule[];
  readonly systemPrompt: string | undefined;
  readonly cache: CacheRule | undefined;
  readonly strict: boolean;
  readonly timers: Partial<WireTimers>;
  readonly deadline: number | undefined;
  readonly hedge: HedgeRule | undefined;
  readonly rescue: boolean;
  /** Undefined: as everywhere. */
  readonly keepalive: number | undefined;
  readonly limits: readonly LimitRule[];
  /** Undefined: as `select` suggests. */
  readonly spill?: boolean | undefined;
  readonly priority?: Priority | undefined;
}

const modelName = z.string().regex(/^\S+$/).meta({ title: 'a name without spaces' });

const modelOptions = z.strictObject({
  aliases: z.array(modelName).default([]).describe('Other names that lead here.'),
  targets: targetList.describe('Where calls go: upstream/model, in order of preference.'),
  select: selectorName.default('priority').describe('How targets are put in order.'),
  parameters: parameterRules
    .default([])
    .describe('Defaults, locks, bounds and bans for parameters of a call.'),
  system_prompt: words().optional().describe('Put before the system prompt of every call.'),
  cache: cacheRule.optional().describe('Answer repeated calls from memory.'),
  strict: flag().default(false).describe('Refuse a call rather than lose a part of it in translation.'),
  timeouts: timeoutOptions.default({}).describe('What differs from the general timeouts.'),
  deadline: callTime
    .optional()
    .describe('For a call as a whole: all its attempts, and the waits between them.'),
  rescue: flag().default(false).describe('Let another target go on with a streamed answer that broke off.'),
  hedge: hedgeRule
    .optional()
    .describe('Ask a second target beside one that is slow to answer; both are billed.'),
  keepalive: keepalivePeriod().optional().describe('In place of the general one.'),
  limits: limitList.default([]).describe('For all callers of this model together.'),
  queue: z
    .strictObject({
      spill: flag()
        .optional()
        .describe('Go on to a target with room rather than wait; by default unless select is priority.'),
    })
    .default({})
    .describe('What to do where there is no room.'),
  priority: priority.optional().describe("Who goes first where calls wait; a key's lower one wins."),
});

export const modelTable = z.record(modelName, modelOptions).transform((entries): readonly ModelOptions[] =>
  Object.entries(entries).map(([name, model]) => ({
    name,
    aliases: model.aliases,
    targets: model.targets,
    select: model.select,
    parameters: model.parameters,
    systemPrompt: model.system_prompt,
    cache: model.cache,
    strict: model.strict,
    timers: model.timeouts,
    deadline: model.deadline,
    hedge: model.hedge,
    rescue: model.rescue,
    keepalive: model.keepalive,
    limits: model.limits,
    spill: model.queue.spill,
    priority: model.priority,
  })),
);
