// What admit reads from the config: keys, limits, and the parameter rules of a model.
import * as z from 'zod';
import type { Priority } from '../../canonical/caller.ts';
import {
  asProjectId,
  asTenantId,
  asUserId,
  type ProjectId,
  Secret,
  type TenantId,
  type UserId,
} from '../../canonical/ids.ts';
import type { ParameterName } from '../../canonical/protocol.ts';
import { credential, decimal, duration, flag, size, words } from '../../lib/option-scalars.ts';
import type { LimitRule, ParameterRule } from '../stage.ts';

export interface KeyOptions {
  readonly name: string;
  /** Exactly one of `secret` and `hash` is set. */
  readonly secret: Secret | undefined;
  readonly hash: string | undefined;
  readonly tenant: TenantId;
  readonly project: ProjectId;
  readonly user: UserId;
  /** Patterns over model names; `*` stands for any run of characters. */
  readonly models: readonly string[];
  /** Epoch milliseconds. */
  readonly expires: number | undefined;
  readonly limits: readonly LimitRule[];
  readonly priority?: Priority | undefined;
  /** May read `/metrics`, which tells of everybody's calls. */
  readonly metrics: boolean;
}

const LIMIT = /^(\d+)(k|m)? (request|token)s?\/(s|min|h|day)$/;
const WINDOWS: Readonly<Record<string, number>> = { s: 1e3, min: 6e4, h: 36e5, day: 864e5 };
const MULTIPLES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6 };

/** `60 requests/min`, `100k tokens/day`. */
export function parseLimit(text: string): LimitRule | undefined {
  const [, digits, multiple, of, unit] = LIMIT.exec(text) ?? [];
  const amount = Number(digits) * (MULTIPLES[multiple ?? ''] ?? 1);
  const window = WINDOWS[unit ?? ''];
  if (window === undefined || !Number.isSafeInteger(amount) || amount < 1) return undefined;
  return { of: of === 'token' ? 'tokens' : 'requests', amount, window };
}

const limit = z
  .string()
  .regex(LIMIT)
  .meta({ title: 'a limit', examples: ['60 requests/min', '100k tokens/min', '2m tokens/day'] })
  .transform((text, context) => {
    const rule = parseLimit(text);
    if (rule !== undefined) return rule;
    context.addIssue({
      code: 'custom',
      message: 'must allow at least 1',
      params: { hint: "To bar a model, leave it out of the key's models." },
    });
    return z.NEVER;
  });

export const priority = z
  .enum(['high', 'normal', 'low'])
  .meta({ title: 'high, normal or low' }) satisfies z.ZodType<Priority>;

export const limitList = z.array(limit);

const moment = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/)
  .meta({ title: 'a date', examples: ['2027-01-01', '2027-01-01T12:00:00Z'] })
  .transform((text, context) => {
    const time = Date.parse(text);
    // Date.parse lets the 31st of February roll over into March.
    if (!Number.isNaN(time) && isInCalendar(text)) return time;
    context.addIssue({ code: 'custom', message: 'is not in the calendar' });
    return z.NEVER;
  });

function isInCalendar(text: string): boolean {
  const day = text.slice(0, 10);
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

export const keyOptions = z
  .strictObject({
    name: words('a name').describe('How receipts and logs call this key.'),
    secret: credential(16)
      .max(512)
      .regex(/^[\x21-\x7e]*$/)
      .transform((text) => new Secret(text))
      .optional()
      .describe(`What callers send: \${NAME}, file:/path or, not advised, plain text.`),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ title: 'a hash of 64 hex digits' })
      .optional()
      .describe("The gateway's own keyed hash of a secret, instead of the secret."),
    tenant: words('a name').default('default'),
    project: words('a name').default('default'),
    user: words('a name').optional().describe("Whose calls these are; the key's name by default."),
    models: z
      .array(words('a model name or pattern'))
      .default(['*'])
      .describe('Models this key may call; * matches any characters.'),
    expires: moment.optional().describe('From then on the key is refused.'),
    limits: limitList.default([]),
    priority: priority.optional().describe('Who goes first where calls wait for an upstream.'),
    metrics: flag()
      .default(false)
      .describe(
        "May read /metrics, which tells of everybody's calls: a monitoring key, or the operator's own.",
      ),
  })
  .refine(hasOneCredential, {
    // Said together with whatever else is wrong with the key.
    when: () => true,
    error: 'needs either a secret or a hash',
    params: { hint: `Write secret: \${NAME} and set NAME in the environment.` },
  })
  .transform(
    (key): KeyOptions => ({
      name: key.name,
      secret: key.secret,
      hash: key.hash,
      tenant: asTenantId(key.tenant),
      project: asProjectId(key.project),
      user: asUserId(key.user ?? key.name),
      models: key.models,
      expires: key.expires,
      limits: key.limits,
      priority: key.priority,
      metrics: key.metrics,
    }),
  );

function hasOneCredential(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return true;
  return 'secret' in key !== 'hash' in key;
}

const NUMERIC = [
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'n',
  'presence_penalty',
  'frequency_penalty',
] as const satisfies readonly ParameterName[];

/** The names every dialect knows; any other name is a field of the body as it comes. */
export const parameterNames = [
  ...NUMERIC,
  'stop',
  'logprobs',
  'reasoning_effort',
] as const satisfies readonly ParameterName[];

/** These decide where a call goes and how it is read; a rule on them would change the call under our feet. */
const UNTOUCHABLE = ['model', 'stream', 'messages'];

const rule = z
  .strictObject({
    default: z.json().optional().describe('Used when the caller says nothing.'),
    lock: z.json().optional().describe('Always used, whatever the caller says.'),
    clamp: z
      .strictObject({ min: decimal().optional(), max: decimal().optional() })
      .optional()
      .describe('Numbers beyond these bounds are moved to them.'),
    forbid: z.literal(true).optional().describe('A call that has this field is refused.'),
  })
  .superRefine((value, context) => {
    const fault = faultOf(value);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

type Rule = z.output<typeof rule>;

function faultOf(value: Rule): string | undefined {
  const said = Object.keys(value);
  if (said.length === 0) return 'says nothing: give default, lock, clamp or forbid';
  for (const alone of ['lock', 'forbid']) {
    if (said.includes(alone) && said.length > 1)
      return `has ${alone}, which leaves nothing for other rules to do`;
  }
  const { min, max } = value.clamp ?? { min: 0 };
  if (min === undefined && max === undefined) return 'has a clamp without min and max';
  if (min !== undefined && max !== undefined && min > max)
    return `has a clamp from ${min} to ${max}, which no number meets`;
  return undefined;
}

export const parameterRules = z
  .record(words(), rule)
  .superRefine(
    (rules: unknown, context) => {
      if (typeof rules !== 'object' || rules === null) return;
      for (const [name, value] of Object.entries(rules)) {
        const fault = misfit(name, value);
        if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, path: [name] });
      }
    },
    // Said together with whatever else is wrong, so the rules may be anything at all.
    { when: () => true },
  )
  .transform((rules): readonly ParameterRule[] =>
    Object.entries(rules).flatMap(([name, value]) => rulesOf(name, value)),
  );

function misfit(name: string, value: Partial<Rule> | null): string | undefined {
  if (UNTOUCHABLE.includes(name)) return 'cannot have a rule';
  if (value === null) return undefined;
  const known = parameterNames.some((parameter) => parameter === name);
  const numeric = NUMERIC.some((parameter) => parameter === name);
  if (known && !numeric && value.clamp !== undefined) return 'is not a number, so it cannot be clamped';
  const fixed = value.lock ?? value.default;
  if (numeric && fixed !== undefined && typeof fixed !== 'number') return 'must be given a number';
  return undefined;
}

function rulesOf(name: string, value: Rule): readonly ParameterRule[] {
  const rules: ParameterRule[] = [];
  if (value.default !== undefined)
    rules.push({ name, kind: 'default', value: JSON.stringify(value.default) });
  if (value.lock !== undefined) rules.push({ name, kind: 'lock', value: JSON.stringify(value.lock) });
  if (value.clamp !== undefined)
    rules.push({ name, kind: 'clamp', min: value.clamp.min, max: value.clamp.max });
  if (value.forbid === true) rules.push({ name, kind: 'forbid' });
  return rules;
}

export interface HistoryOptions {
  /** How long replies can be gone on from, in milliseconds. */
  readonly keep: number;
  /** What a tenant's turns may take up together; the oldest go for the new. */
  readonly maxBytesPerTenant: number;
}

const MONTH = 30 * 864e5;
const YEAR = 365 * 864e5;

export const historyOptions = z
  .strictObject({
    keep: duration(YEAR).default(MONTH).describe('How long replies can be gone on from by their id.'),
    max_bytes_per_tenant: size()
      .default(2 ** 30)
      .describe("Disk for a tenant's replies; the oldest go for the new."),
  })
  .transform(
    (history): HistoryOptions => ({
      keep: history.keep,
      maxBytesPerTenant: history.max_bytes_per_tenant,
    }),
  );
