// One entry of the `upstreams` section: a provider made concrete by address, secret, zone and known models.
import * as z from 'zod';
import { Secret } from '../canonical/ids.ts';
import type { JsonObject } from '../canonical/json.ts';
import { type Price, perMillion, perOne } from '../canonical/money.ts';
import type { Ability, ModelFacts } from '../canonical/provider.ts';
import { type Unit, unitNames } from '../canonical/usage.ts';
import type { WireTimers } from '../canonical/wire.ts';
import {
  type Concurrency,
  concurrency,
  healthOptions,
  type QueueOptions,
  queueOptions,
  timeoutOptions,
} from '../flow/dispatch/options.ts';
import type { HealthRules } from '../flow/stage.ts';
import { credential, decimal, whole, words } from '../lib/option-scalars.ts';
import { type Address, parseAddress } from './address.ts';

export interface UpstreamOptions {
  readonly name: string;
  readonly provider: string;
  /** Undefined: the provider's own address, or none because it lives in this process. */
  readonly address: Address | undefined;
  /** Each is used in its turn; one that is refused or has too many calls rests. */
  readonly secrets: readonly Secret[];
  /** Headers often carry credentials, so none of them can be printed. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** Undefined: the provider's own zone. */
  readonly zone: string | undefined;
  /** What differs from the timers of the config as a whole. */
  readonly timers: Partial<WireTimers>;
  /** Undefined: as usual. */
  readonly health: HealthRules | 'off' | undefined;
  /** Undefined: what its engine says, if it is one of ours and says it. */
  readonly concurrency?: Concurrency | undefined;
  readonly queue?: QueueOptions;
  readonly models: readonly ModelFacts[];
  /** Undefined: all that the provider speaks. */
  readonly protocols: readonly string[] | undefined;
  readonly options: JsonObject;
}

/** Framing is the transport's business. */
const OURS = ['host', 'content-length', 'transfer-encoding', 'connection', 'content-type', 'accept-encoding'];

const abilities = [
  'tools',
  'images',
  'documents',
  'audio',
  'reasoning',
  'structured',
  'embeddings',
] as const satisfies readonly Ability[];

const price = z
  .strictObject({
    input: decimal(0),
    output: decimal(0),
    cache_read: decimal(0).optional(),
    cache_write: decimal(0).optional(),
    million_characters: decimal(0).optional().describe('Dollars per million characters spoken.'),
    minute: decimal(0).optional().describe('Dollars per minute listened to.'),
    image: decimal(0).optional().describe('Dollars per picture.'),
    search: decimal(0).optional().describe('Dollars per ranking, in what its vendor calls search units.'),
  })
  .transform((dollars): Price => {
    const input = perMillion(dollars.input);
    return {
      input,
      output: perMillion(dollars.output),
      cacheRead: dollars.cache_read === undefined ? input : perMillion(dollars.cache_read),
      cacheWrite: dollars.cache_write === undefined ? input : perMillion(dollars.cache_write),
      ...unitPrices({
        characters: dollars.million_characters,
        seconds: dollars.minute,
        images: dollars.image,
        searches: dollars.search,
      }),
    };
  });

const perPrice: Readonly<Record<Unit, number>> = {
  characters: 1_000_000,
  seconds: 60,
  images: 1,
  searches: 1,
};

function unitPrices(dollars: Readonly<Record<Unit, number | undefined>>): Pick<Price, 'units'> {
  const known = unitNames.flatMap((unit) => {
    const price = dollars[unit];
    return price === undefined ? [] : [[unit, perOne(price / perPrice[unit])] as const];
  });
  return known.length === 0 ? {} : { units: Object.fromEntries(known) };
}

const facts = z
  .strictObject({
    context_window: whole(1).optional().describe('Tokens of prompt and output together.'),
    max_output: whole(1).optional().describe('Most tokens of one answer.'),
    price: price.optional().describe('Dollars per million tokens.'),
    abilities: z.array(z.enum(abilities)).optional(),
  })
  .nullable();

const models = z.record(words(), facts).transform((entries): readonly ModelFacts[] =>
  Object.entries(entries).map(([id, known]) => ({
    id,
    ...(known?.context_window === undefined ? {} : { contextWindow: known.context_window }),
    ...(known?.max_output === undefined ? {} : { maxOutput: known.max_output }),
    ...(known?.price === undefined ? {} : { price: known.price }),
    ...(known?.abilities === undefined ? {} : { abilities: known.abilities }),
  })),
);

const url = z
  .string()
  .min(1)
  .meta({ title: 'a URL', examples: ['http://127.0.0.1:11434', 'https://api.example/v1'] })
  .transform((text, context): Address => {
    const address = parseAddress(text);
    if (typeof address !== 'string') return address;
    context.addIssue({ code: 'custom', message: address });
    return z.NEVER;
  });

const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/)
      .meta({ title: 'a header name' }),
    z
      .string()
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/)
      .meta({ title: 'a header value' }),
  )
  .superRefine((entries, context) => {
    for (const name of Object.keys(entries)) {
      if (!OURS.includes(name.toLowerCase())) continue;
      context.addIssue({ code: 'custom', path: [name], message: 'is written by the gateway itself' });
    }
  })
  .transform(
    (entries): Readonly<Record<string, Secret>> =>
      Object.fromEntries(
        Object.entries(entries).map(([name, value]) => [name.toLowerCase(), new Secret(value)]),
      ),
  );

const upstreamOptions = z.strictObject({
  provider: words('the id of a provider').describe('Which adapter speaks to it.'),
  url: url.optional().describe('Base URL; for providers with a fixed address it may be left out.'),
  secret: z
    .union([credential(), z.array(credential()).min(1)])
    .transform((texts) => [texts].flat().map((text) => new Secret(text)))
    .default([])
    .describe(`\${NAME}, file:/path or, not advised, plain text; or several of them, used in turn.`),
  zone: words('the name of a zone')
    .optional()
    .describe('Where prompts go: local, cloud, or a name of your own.'),
  headers: headers.default({}).describe('Sent with every call.'),
  timeouts: timeoutOptions.default({}).describe('What differs from the general timeouts.'),
  health: healthOptions
    .optional()
    .describe('When it is taken for broken and left alone for a while; off: never.'),
  concurrency: concurrency.optional().describe('How many calls may be under way there at a time.'),
  queue: queueOptions.prefault({}).describe('Where calls wait while there is no room.'),
  models: models.default([]).describe('Facts about its models that it does not tell itself.'),
  protocols: z
    .array(words('the id of a protocol'))
    .min(1)
    .optional()
    .describe('Speak only these dialects to it.'),
  options: z.record(z.string(), z.json()).default({}).describe("The provider's own options."),
});

/** A slash ends an upstream's name in `upstream/model`. */
const upstreamName = z
  .string()
  .regex(/^[^/\s]+$/)
  .meta({ title: 'a name without slashes and spaces' });

export const upstreamTable = z
  .record(upstreamName, upstreamOptions)
  .transform((entries): readonly UpstreamOptions[] =>
    Object.entries(entries).map(([name, upstream]) => ({
      name,
      provider: upstream.provider,
      address: upstream.url,
      secrets: upstream.secret,
      headers: upstream.headers,
      zone: upstream.zone,
      timers: upstream.timeouts,
      health: upstream.health,
      concurrency: upstream.concurrency,
      queue: upstream.queue,
      models: upstream.models,
      protocols: upstream.protocols,
      options: upstream.options,
    })),
  );
