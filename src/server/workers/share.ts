// Limits, slots and memory are the gateway's, and each of its workers counts for itself: each gets its share.
import type { Config } from '../../config/schema.ts';
import type { Concurrency } from '../../flow/dispatch/options.ts';
import type { LimitRule } from '../../flow/stage.ts';

/** The sum over all workers never exceeds what the config allows; only of slots each has at least one. */
export function shareOf(config: Config, workers: number): Config {
  const share = (rules: readonly LimitRule[]): readonly LimitRule[] =>
    rules.map((rule) => ruleShare(rule, workers));
  return {
    ...config,
    keys: config.keys.map((key) => ({ ...key, limits: share(key.limits) })),
    models: config.models.map((model) => ({ ...model, limits: share(model.limits) })),
    upstreams: config.upstreams.map((upstream) => ({
      ...upstream,
      concurrency: concurrencyShare(upstream.concurrency, workers),
    })),
    cache: { ...config.cache, maxBytes: Math.max(1, Math.floor(config.cache.maxBytes / workers)) },
  };
}

/** Of what an engine works on at a time. Without a slot a worker could never ask it. */
export function slotShare(slots: number, workers: number): number {
  return Math.max(1, Math.floor(slots / workers));
}

function concurrencyShare(stated: Concurrency | undefined, workers: number): Concurrency | undefined {
  if (typeof stated === 'number') return slotShare(stated, workers);
  if (typeof stated !== 'object') return stated;
  return { min: slotShare(stated.min, workers), max: slotShare(stated.max, workers) };
}

/** Less than one in a window is one in a longer window. */
function ruleShare(rule: LimitRule, workers: number): LimitRule {
  if (rule.amount >= workers) return { ...rule, amount: Math.floor(rule.amount / workers) };
  return { ...rule, amount: 1, window: Math.ceil((rule.window * workers) / rule.amount) };
}
