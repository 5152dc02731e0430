// Embeddings: /api/embed, and /api/embeddings, its older form for one text. An upstream is only asked in the newer.
import type { CallWire } from '../../canonical/call-wire.ts';
import type { EmbedCall, EmbedReply, ErrandDialect, ErrandText } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { Fields, wrongType } from '../../canonical/fields.ts';
import { asArray, asNumber, asString, isArray, type Json, type JsonObject } from '../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { noUsage, tokenCount, type Usage } from '../../canonical/usage.ts';
import { type BodyOutline, type BodyVerdict, garbled } from '../../canonical/watchers.ts';
import { given } from '../../lib/given.ts';
import { inBandError } from './errors.ts';
import { DIALECT } from './origin.ts';

const understood: ReadonlySet<string> = new Set([
  'model',
  'input',
  'prompt',
  'truncate',
  'dimensions',
  'stream',
]);

/** A call of ours remembers in which form it was asked. */
interface OwnCall extends EmbedCall {
  readonly older?: true;
}

/** Only the older form has a prompt. */
function isOlder(has: (name: string) => boolean): boolean {
  return has('prompt') && !has('input');
}

function decodeCall(value: JsonObject): OwnCall {
  const body = new Fields(value);
  const older = isOlder((name) => body.has(name));
  return given<OwnCall>({
    origin: DIALECT,
    inputs: older ? textsOf(body.string('prompt')) : decodeInput(body.get('input')),
    dimensions: body.count('dimensions', 1),
    encoding: 'float',
    purpose: undefined,
    truncate: body.boolean('truncate'),
    user: undefined,
    extras: body.rest(understood) ?? {},
    older: older ? true : undefined,
  });
}

function decodeInput(input: Json | undefined): readonly string[] {
  if (input === undefined || typeof input === 'string') return textsOf(input);
  if (!isArray(input)) throw wrongType('input', 'a text or a list of texts', input);
  return input.map((text, at) => {
    if (typeof text === 'string') return text;
    throw wrongType(`input[${at}]`, 'a text', text);
  });
}

/** No text is a wish to have the model loaded. */
function textsOf(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : [text];
}

function encodeCall(call: EmbedCall, { model, ledger, facts, quirks }: EncodeOptions): EncodedCall {
  const native = call.origin === DIALECT;
  if (call.user !== undefined) ledger.dropped('user');
  if (call.purpose !== undefined) ledger.dropped('input_type');
  if (!native) for (const name of Object.keys(call.extras)) ledger.dropped(name);
  const own = native ? call.extras : {};
  const window = facts?.contextWindow;
  const body = given<Record<string, Json>>({
    model,
    input: call.inputs.map(plainText),
    dimensions: call.dimensions,
    // Cut off in silence where nobody says otherwise: the vector would be that of another text.
    truncate: call.truncate ?? (native ? undefined : false),
    options: window === undefined ? undefined : { num_ctx: window },
    keep_alive: quirks.keepAlive,
  });
  return { body: { ...body, ...own }, headers: {} };
}

function plainText(input: EmbedCall['inputs'][number], at: number): string {
  if (typeof input === 'string') return input;
  throw new GatewayError(
    'unsupported',
    'The chosen model takes texts, not the tokens of another tokenizer.',
    {
      param: `input[${at}]`,
      remedy: 'Send the text itself.',
    },
  );
}

function decodeReply(body: JsonObject): EmbedReply {
  const older = asArray(body.embedding);
  const list = asArray(body.embeddings) ?? (older === undefined ? [] : [older]);
  return {
    model: asString(body.model) ?? '',
    vectors: list.map((vector) => (asArray(vector) ?? []).map((value) => asNumber(value) ?? 0)),
    usage: usageOf(body.prompt_eval_count),
  };
}

function usageOf(count: Json | undefined): Usage | undefined {
  const fresh = tokenCount(count);
  return fresh === undefined ? undefined : { ...noUsage, fresh };
}

function encodeReply({ model, vectors, usage }: EmbedReply, call: OwnCall): ErrandText {
  const older = call.older === true;
  const reply = older
    ? { embedding: vectors[0] ?? [] }
    : { model, embeddings: vectors, ...(usage === undefined ? {} : { prompt_eval_count: usage.fresh }) };
  return { text: JSON.stringify(reply), losses: [] };
}

function judge(outline: BodyOutline): BodyVerdict {
  const error = inBandError({ error: outline.value('error') });
  if (error !== undefined) return error;
  if (!outline.has('embeddings') && !outline.has('embedding')) return garbled('its body has no embeddings');
  return { usage: usageOf(outline.value('prompt_eval_count')) };
}

export const embed: ErrandDialect<EmbedCall, EmbedReply> = {
  fits: (wire: CallWire) => !isOlder((name) => wire.has(name)),
  judge,
  translation: { decodeCall, encodeCall, decodeReply, encodeReply },
};
