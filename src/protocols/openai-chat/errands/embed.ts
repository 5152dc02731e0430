// Embeddings: texts or tokens in, vectors out, as numbers or as base64. Callers get them in the form they asked
// for, whichever one the upstream knows.
import type { CallWire } from '../../../canonical/call-wire.ts';
import type {
  EmbedCall,
  EmbedInput,
  EmbedReply,
  ErrandDialect,
  ErrandText,
} from '../../../canonical/errand.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import { Fields, wrongType, wrongValue } from '../../../canonical/fields.ts';
import { hashedIdentity } from '../../../canonical/identity.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isArray,
  type Json,
  type JsonObject,
} from '../../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../../canonical/protocol.ts';
import { inputTokens } from '../../../canonical/usage.ts';
import { garbled } from '../../../canonical/watchers.ts';
import { base64ToFloats, floatsToBase64 } from '../../../lib/float32.ts';
import { given } from '../../../lib/given.ts';
import { origin } from '../reply-parts.ts';
import { judge } from './judge.ts';
import { errandUsage } from './usage.ts';
import { encodingIn } from './vector-encoding.ts';

const understood: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);
const encodings = ['float', 'base64'] as const;
const BYTES_PER_TOKEN = 4;

export const embed: ErrandDialect<EmbedCall, EmbedReply> = {
  judge: judge('data'),
  suit,
  translation: {
    decodeCall,
    encodeCall,
    decodeReply: (body) => decodeReply(asObject(body) ?? {}),
    encodeReply,
  },
};

function decodeCall(value: JsonObject): EmbedCall {
  const body = new Fields(value);
  return given<EmbedCall>({
    origin,
    inputs: decodeInputs(body),
    dimensions: body.count('dimensions', 1),
    encoding: decodeEncoding(body),
    user: body.string('user'),
    extras: body.rest(understood) ?? {},
  });
}

function decodeEncoding(body: Fields): EmbedCall['encoding'] {
  const word = body.string('encoding_format') ?? 'float';
  const encoding = encodings.find((known) => known === word);
  if (encoding === undefined) throw wrongValue('encoding_format', word, encodings);
  return encoding;
}

/** One text, several, the tokens of one, or the tokens of several. */
function decodeInputs(body: Fields): readonly EmbedInput[] {
  const input = body.get('input');
  if (typeof input === 'string') return [input];
  if (!isArray(input) || input.length === 0) {
    const what = 'a text, its tokens, or a list of either with at least one element';
    if (input === undefined || isArray(input)) {
      throw new GatewayError('bad_request', `\`input\` must be ${what}.`, {
        param: 'input',
        remedy: 'Send one.',
      });
    }
    throw wrongType('input', what, input);
  }
  if (typeof input[0] === 'number') return [{ tokens: decodeTokens(input, 'input') }];
  return input.map((one, index) => {
    if (typeof one === 'string') return one;
    if (isArray(one)) return { tokens: decodeTokens(one, `input[${index}]`) };
    throw wrongType(`input[${index}]`, 'a text or a list of tokens', one);
  });
}

function decodeTokens(list: readonly Json[], path: string): readonly number[] {
  return list.map((token, index) => {
    if (typeof token === 'number' && Number.isInteger(token)) return token;
    throw wrongType(`${path}[${index}]`, 'a token, a whole number', token);
  });
}

function encodeCall(call: EmbedCall, { model, ledger, quirks }: EncodeOptions): EncodedCall {
  if (call.purpose !== undefined) ledger.dropped('purpose');
  if (call.truncate !== undefined) ledger.dropped('truncate');
  for (const name of Object.keys(call.extras)) if (call.origin !== origin) ledger.dropped(name);
  const inputs = call.inputs.map((input) => (typeof input === 'string' ? input : input.tokens));
  const body: JsonObject = given<JsonObject>({
    ...(call.origin === origin ? call.extras : {}),
    model,
    input: inputs,
    dimensions: call.dimensions,
    // The one form that all engines know; what the caller gets is made of it.
    encoding_format: 'float',
    user: encodeUser(call, ledger, quirks.identity !== false),
  });
  return { body, headers: {} };
}

function encodeUser({ user, origin: from }: EmbedCall, ledger: EncodeOptions['ledger'], taken: boolean) {
  if (user === undefined || from === origin) return user;
  if (taken) ledger.mapped('user', 'hashed');
  else ledger.dropped('user');
  return taken ? hashedIdentity(user) : undefined;
}

function decodeReply(body: JsonObject): EmbedReply {
  const entries = (asArray(body.data) ?? []).map((entry) => asObject(entry) ?? {});
  const sorted = entries
    .map((entry, at) => ({ entry, index: asNumber(entry.index) ?? at }))
    .sort((a, b) => a.index - b.index);
  return {
    model: asString(body.model) ?? '',
    vectors: sorted.map(({ entry }) => vectorIn(entry.embedding)),
    usage: errandUsage(body.usage),
  };
}

function vectorIn(value: Json | undefined): readonly number[] {
  const vector = typeof value === 'string' ? base64ToFloats(value) : asArray(value);
  if (vector !== undefined && vector.length > 0 && vector.every(isNumber)) return vector;
  // Models that are not pooled have a vector for each token.
  throw garbled('an embedding in it is not one list of numbers');
}

function isNumber(value: Json): value is number {
  return typeof value === 'number';
}

function encodeReply(reply: EmbedReply, call: EmbedCall): ErrandText {
  const tokens = reply.usage === undefined ? guessed(call.inputs) : inputTokens(reply.usage);
  const text = JSON.stringify({
    object: 'list',
    data: reply.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: call.encoding === 'base64' ? floatsToBase64(vector) : vector,
    })),
    model: reply.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
  return { text, losses: [] };
}

/** The field is always there, and nothing was said is not zero. */
function guessed(inputs: readonly EmbedInput[]): number {
  const sizes = inputs.map((input) =>
    typeof input === 'string' ? Buffer.byteLength(input) / BYTES_PER_TOKEN : input.tokens.length,
  );
  return Math.max(1, Math.ceil(sizes.reduce((sum, size) => sum + size, 0)));
}

/** Ollama and older llama-servers answer in numbers whatever they are asked for. */
function suit(answer: Buffer, wire: CallWire): Buffer {
  const asked = wire.value('encoding_format') ?? 'float';
  const got = encodingIn(answer);
  if (got === undefined || got === asked || (asked !== 'float' && asked !== 'base64')) return answer;
  const body = asObject(JSON.parse(answer.toString('utf8')) as Json) ?? {};
  const data = asArray(body.data)?.map((entry) => rewritten(entry, asked));
  return Buffer.from(JSON.stringify({ ...body, data }));
}

function rewritten(value: Json, asked: 'float' | 'base64'): Json {
  const entry = asObject(value);
  if (entry === undefined) return value;
  const { embedding } = entry;
  const vector = typeof embedding === 'string' ? base64ToFloats(embedding) : asArray(embedding);
  if (vector === undefined || !vector.every(isNumber)) return value;
  return { ...entry, embedding: asked === 'base64' ? floatsToBase64(vector) : vector };
}
