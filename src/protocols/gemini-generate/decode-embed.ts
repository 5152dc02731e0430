// A call of embedContent or batchEmbedContents to its meaning. What a text is for and its title stay with each text;
// what others cannot say is among the extras, so that it is named.
import type { EmbedCall } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { missing } from '../../canonical/fields.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { Fields } from './fields.ts';
import { DIALECT } from './origin.ts';

/** The fields at the top of a call that are given a meaning. */
export const EMBED_FIELDS: readonly string[] = [
  'model',
  'requests',
  'content',
  'taskType',
  'title',
  'outputDimensionality',
  'embedContentConfig',
];

const understood: ReadonlySet<string> = new Set(EMBED_FIELDS);
const inConfig: ReadonlySet<string> = new Set(['taskType', 'title', 'outputDimensionality', 'autoTruncate']);

export interface EmbedTask {
  readonly taskType?: string;
  readonly title?: string;
}

/** A call of ours remembers in which form it was asked. */
export interface OwnEmbedCall extends EmbedCall {
  readonly single?: true;
  /** One for each input. */
  readonly tasks?: readonly EmbedTask[];
}

/** Only a call for one text has it on top. */
export function isSingle(has: (name: string) => boolean): boolean {
  return has('content') && !has('requests');
}

export function decodeEmbed(value: JsonObject): OwnEmbedCall {
  const body = new Fields(value);
  const single = isSingle((name) => body.has(name));
  const asked = (single ? [body] : requestsOf(body)).map(decodeOne);
  return given<OwnEmbedCall>({
    origin: DIALECT,
    inputs: asked.map(({ text }) => text),
    dimensions: onlyOne(asked, 'outputDimensionality', ({ dimensions }) => dimensions),
    encoding: 'float',
    purpose: undefined,
    truncate: onlyOne(asked, 'autoTruncate', ({ truncate }) => truncate),
    user: undefined,
    extras: Object.assign({}, ...asked.map(({ extras }) => extras)),
    single: single ? true : undefined,
    tasks: asked.map(({ task }) => task),
  });
}

function requestsOf(body: Fields): readonly Fields[] {
  const requests = body.objects('requests');
  if (requests !== undefined && requests.length > 0) return requests;
  return missing(body.at('requests'), 'at least one request');
}

interface Asked {
  readonly path: string;
  readonly text: string;
  readonly dimensions: number | undefined;
  readonly truncate: boolean | undefined;
  readonly task: EmbedTask;
  readonly extras: JsonObject;
}

function decodeOne(request: Fields): Asked {
  const config = request.object('embedContentConfig') ?? new Fields({}, request.at('embedContentConfig'));
  const task = given<EmbedTask>({
    taskType: request.string('taskType') ?? config.string('taskType'),
    title: request.string('title') ?? config.string('title'),
  });
  const texts = textsOf(request);
  return {
    path: request.path,
    text: texts.join('\n'),
    dimensions: dimensionsOf(request) ?? dimensionsOf(config),
    truncate: config.boolean('autoTruncate'),
    task,
    extras: {
      ...request.rest(understood),
      ...prefixed('embedContentConfig', config.rest(inConfig)),
      ...(task as JsonObject),
      // Become lines of one text.
      ...(texts.length > 1 ? { 'content.parts': texts.length } : {}),
    },
  };
}

function prefixed(prefix: string, fields: JsonObject = {}): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${prefix}.${name}`, value]));
}

function dimensionsOf(fields: Fields): number | undefined {
  const count = fields.integer('outputDimensionality');
  if (count === undefined || count >= 1) return count;
  const path = fields.at('outputDimensionality');
  throw new GatewayError('bad_request', `\`${path}\` must be at least 1, but is ${count}.`, { param: path });
}

function textsOf(request: Fields): readonly string[] {
  const content = request.object('content') ?? missing(request.at('content'), 'a content with a text');
  const parts = content.objects('parts') ?? [];
  if (parts.length === 0) return missing(content.at('parts'), 'a part with a text');
  return parts.map((part) => part.string('text') ?? notText(part));
}

function notText({ path }: Fields): never {
  throw new GatewayError('unsupported', `The chosen model embeds texts, and \`${path}\` is none.`, {
    param: path,
    remedy: "Choose a model of Google's for it, or leave it out.",
  });
}

/** Others state it once for all texts. */
function onlyOne<Value extends Json>(
  asked: readonly Asked[],
  name: string,
  pick: (one: Asked) => Value | undefined,
): Value | undefined {
  const [first, ...others] = asked;
  const value = first === undefined ? undefined : pick(first);
  const odd = others.find((one) => pick(one) !== value);
  if (odd === undefined) return value;
  const param = `${odd.path}.${name}`;
  throw new GatewayError('unsupported', `The chosen model takes one \`${name}\` for all texts of a call.`, {
    param,
    remedy: 'Send these texts in calls of their own.',
  });
}
