// What a config may say about simulated models, and the three that are there without any.
import * as z from 'zod';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';

export const failureKinds = ['500', '429', 'reset', 'cut', 'eof', 'garbage', 'stall'] as const;
export type FailureKind = (typeof failureKinds)[number];

const dollars = z.number().min(0);

const simModelOptions = z.strictObject({
  ttft_ms: z.number().min(0).describe('Milliseconds until the first token.').optional(),
  tokens_per_second: z
    .union([z.number().min(0), z.literal('instant')])
    .describe('Pace after the first token; 0 or "instant" sends everything at once.')
    .optional(),
  jitter: z.number().min(0).max(1).describe('How far each wait may stray, as a share of it.').optional(),
  failure_rate: z.number().min(0).max(1).describe('Share of calls that fail.').optional(),
  failures: z.array(z.enum(failureKinds)).min(1).describe('Kinds of failure, used in turn.').optional(),
  price: z
    .strictObject({ input: dollars, output: dollars })
    .describe('Dollars per million tokens.')
    .optional(),
  context_window: z.int().positive().describe('Tokens of prompt and output together.').optional(),
});

export const simOptions = z.strictObject({
  models: z
    .record(z.string().min(1), simModelOptions)
    .describe('Simulated models by name; fast, smart and flaky are always there and may be changed.')
    .optional(),
});

type ModelOptions = z.infer<typeof simModelOptions>;

export interface SimSettings {
  readonly ttft: number;
  /** Milliseconds per token; 0 sends everything at once. */
  readonly interval: number;
  readonly jitter: number;
  readonly failureRate: number;
  readonly failures: readonly FailureKind[];
  /** Dollars per million tokens; undefined means unpriced. */
  readonly price: { readonly input: number; readonly output: number } | undefined;
  readonly contextWindow: number;
}

/** Those that need no flags: a run through these is a day in the life of a bad upstream. */
const usualFailures: readonly FailureKind[] = ['500', '429', 'reset', 'cut', 'garbage'];

const base: SimSettings = {
  ttft: 40,
  interval: 1000 / 200,
  jitter: 0,
  failureRate: 0,
  failures: usualFailures,
  price: undefined,
  contextWindow: 32_768,
};

const ready: Readonly<Record<string, SimSettings>> = {
  fast: { ...base, price: { input: 0.1, output: 0.4 } },
  smart: {
    ...base,
    ttft: 300,
    interval: 1000 / 60,
    price: { input: 3, output: 15 },
    contextWindow: 200_000,
  },
  flaky: { ...base, failureRate: 0.2, price: { input: 0.1, output: 0.4 } },
};

/** Every simulated model by name, from provider options as the config states them. */
export function simSettings(options: JsonObject): ReadonlyMap<string, SimSettings> {
  const parsed = simOptions.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new GatewayError(
      'bad_request',
      `The options of the simulated models are wrong: ${issue?.message}.`,
      {
        param: issue?.path.join('.') ?? '',
      },
    );
  }
  const models = new Map(Object.entries(ready));
  for (const [name, model] of Object.entries(parsed.data.models ?? {})) {
    models.set(name, settingsOf(model, models.get(name) ?? base));
  }
  return models;
}

function settingsOf(model: ModelOptions, from: SimSettings): SimSettings {
  return {
    ttft: model.ttft_ms ?? from.ttft,
    interval: intervalOf(model.tokens_per_second) ?? from.interval,
    jitter: model.jitter ?? from.jitter,
    failureRate: model.failure_rate ?? from.failureRate,
    failures: model.failures ?? from.failures,
    price: model.price ?? from.price,
    contextWindow: model.context_window ?? from.contextWindow,
  };
}

function intervalOf(rate: ModelOptions['tokens_per_second']): number | undefined {
  if (rate === undefined) return undefined;
  return rate === 'instant' || rate === 0 ? 0 : 1000 / rate;
}
