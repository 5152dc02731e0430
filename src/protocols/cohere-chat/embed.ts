// Embeddings: texts in, vectors out. Its models ask what the vectors are for, which most callers never say.
import type { EmbedCall, EmbedReply, ErrandDialect } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { noUsage, tokenCount, type Usage } from '../../canonical/usage.ts';
import { type BodyOutline, type BodyVerdict, garbled } from '../../canonical/watchers.ts';
import { given } from '../../lib/given.ts';
import { errorInside } from './errors.ts';

const PURPOSE = 'input_type';
/** Of what is searched, not of what is asked for: right for most texts by far. */
const USUAL = 'search_document';

function encodeCall(call: EmbedCall, { model, ledger }: EncodeOptions): EncodedCall {
  if (call.user !== undefined) ledger.dropped('user', 'there is no field for who asks');
  for (const name of Object.keys(call.extras)) if (name !== PURPOSE) ledger.dropped(name);
  const body = given<JsonObject>({
    model,
    texts: call.inputs.map(plainText),
    input_type: purposeOf(call, ledger),
    embedding_types: ['float'],
    output_dimension: call.dimensions,
    // Cut off in silence where nobody says otherwise: the vector would be that of another text.
    truncate: call.truncate === true ? 'END' : 'NONE',
  });
  return { body, headers: {} };
}

/** Callers of other dialects who know these models say it in its own field. */
function purposeOf({ purpose, extras }: EmbedCall, ledger: Ledger): string {
  const stated = purpose ?? asString(extras[PURPOSE]);
  if (stated === undefined) ledger.chosen(PURPOSE, USUAL);
  return stated ?? USUAL;
}

function plainText(input: EmbedCall['inputs'][number], at: number): string {
  if (typeof input === 'string') return input;
  const message = 'The chosen model takes texts, not the tokens of another tokenizer.';
  throw new GatewayError('unsupported', message, { param: `input[${at}]`, remedy: 'Send the text itself.' });
}

function decodeReply(value: Json): EmbedReply {
  const body = asObject(value) ?? {};
  const vectors = asArray(asObject(body.embeddings)?.float) ?? [];
  return {
    model: '',
    vectors: vectors.map((vector) => (asArray(vector) ?? []).map((number) => asNumber(number) ?? 0)),
    usage: usageOf(body.meta),
  };
}

function usageOf(meta: Json | undefined): Usage | undefined {
  const fresh = tokenCount(asObject(asObject(meta)?.billed_units)?.input_tokens);
  return fresh === undefined ? undefined : { ...noUsage, fresh };
}

function judge(outline: BodyOutline): BodyVerdict {
  const error = errorInside({ message: outline.value('message'), error: outline.value('error') });
  if (error !== undefined) return error;
  if (!outline.has('embeddings')) return garbled('its body has no embeddings');
  return { usage: usageOf(outline.value('meta')) };
}

/** Nobody calls us in this dialect. */
function unasked(): never {
  throw new Error('Embeddings of this dialect are asked of upstreams only.');
}

export const embed: ErrandDialect<EmbedCall, EmbedReply> = {
  judge,
  translation: { decodeCall: unasked, encodeCall, decodeReply, encodeReply: unasked },
};
