// Embeddings: embedContent for one text, batchEmbedContents for several, and predict, Vertex AI's older form of both.
// The first two pass on to an upstream of this dialect as they are; others' calls are asked in a batch.
import type { CallWire } from '../../canonical/call-wire.ts';
import type { EmbedCall, EmbedReply, ErrandDialect, ErrandText } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asArray, asNumber, asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { noUsage, tokenCount, type Usage } from '../../canonical/usage.ts';
import { type BodyOutline, type BodyVerdict, garbled } from '../../canonical/watchers.ts';
import { decodeEmbed, isSingle, type OwnEmbedCall } from './decode-embed.ts';
import { embedEdits } from './embed-edits.ts';
import { encodeEmbed } from './encode-embed.ts';
import { inBandError } from './errors.ts';
import { namesClosed } from './same-dialect.ts';

const BATCH = ':batchEmbedContents';
const SINGLE = ':embedContent';

export const embed: ErrandDialect<EmbedCall, EmbedReply> = {
  fits: (wire, quirks) => quirks.embedShape !== 'predict' && !namesClosed(wire, quirks),
  path: (path: string, wire: CallWire) =>
    isSingle((name) => wire.has(name)) ? path.replace(BATCH, SINGLE) : path,
  edits: embedEdits,
  judge,
  translation: {
    decodeCall: decodeEmbed,
    encodeCall: encodeEmbed,
    decodeReply: (body) => decodeReply(asObject(body) ?? {}),
    encodeReply,
  },
};

function judge(outline: BodyOutline): BodyVerdict {
  const error = inBandError({ error: outline.value('error') });
  if (error !== undefined) return error;
  if (outline.has('embedding') || outline.has('embeddings')) {
    return { usage: statedUsage(outline.value('usageMetadata')) };
  }
  if (!outline.has('predictions')) return garbled('its body has no embeddings');
  return { usage: countedUsage(asArray(outline.value('predictions')) ?? []) };
}

/** The Gemini API's older models state none. */
function statedUsage(value: Json | undefined): Usage | undefined {
  const fresh = tokenCount(asObject(value)?.promptTokenCount);
  return fresh === undefined ? undefined : { ...noUsage, fresh };
}

/** Vertex AI states it of each text. */
function countedUsage(predictions: readonly Json[]): Usage | undefined {
  let fresh = 0;
  for (const prediction of predictions) {
    const statistics = asObject(asObject(asObject(prediction)?.embeddings)?.statistics);
    const count = tokenCount(statistics?.token_count);
    if (count === undefined) return undefined;
    fresh += count;
  }
  return { ...noUsage, fresh };
}

function decodeReply(body: JsonObject): EmbedReply {
  const predictions = asArray(body.predictions);
  const embeddings = predictions?.map((prediction) => asObject(prediction)?.embeddings) ??
    asArray(body.embeddings) ?? [body.embedding];
  return {
    model: '',
    vectors: embeddings.map((embedding) => vectorIn(asObject(embedding)?.values)),
    usage: predictions === undefined ? statedUsage(body.usageMetadata) : countedUsage(predictions),
  };
}

function vectorIn(value: Json | undefined): readonly number[] {
  const numbers = (asArray(value) ?? []).map((one) => asNumber(one));
  if (numbers.length === 0 || !numbers.every((one) => one !== undefined)) {
    throw garbled('an embedding in it is not one list of numbers');
  }
  return numbers;
}

function encodeReply({ vectors, usage }: EmbedReply, call: OwnEmbedCall): ErrandText {
  const stated = usage === undefined ? {} : { usageMetadata: { promptTokenCount: usage.fresh } };
  const embeddings = vectors.map((values) => ({ values }));
  const [first] = embeddings;
  if (call.single !== true) return { text: JSON.stringify({ embeddings, ...stated }), losses: [] };
  if (first === undefined) throw new GatewayError('upstream_garbled', 'The upstream sent no embedding.');
  return { text: JSON.stringify({ embedding: first, ...stated }), losses: [] };
}
