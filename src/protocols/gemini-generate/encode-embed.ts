// Meaning to a call for embeddings: a batch, of one text or more, or what Vertex AI calls a prediction.
import type { EmbedCall } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';
import type { OwnEmbedCall } from './decode-embed.ts';
import { DIALECT } from './origin.ts';

/** More are refused, so that another target may be tried. */
const MOST_IN_BATCH = 100;
const MOST_INSTANCES = 250;

export function encodeEmbed(call: OwnEmbedCall, options: EncodeOptions): EncodedCall {
  const predicts = options.quirks.embedShape === 'predict';
  refuseMany(call, predicts ? MOST_INSTANCES : MOST_IN_BATCH);
  nameLosses(call, predicts, options);
  return { body: predicts ? prediction(call) : batch(call, options.model), headers: {} };
}

function batch({ inputs, dimensions }: EmbedCall, model: string): JsonObject {
  const requests = inputs.map((input, at) =>
    given<Record<string, Json>>({
      model: `models/${model}`,
      content: { parts: [{ text: plainText(input, at) }] },
      outputDimensionality: dimensions,
    }),
  );
  return { requests };
}

function prediction({ inputs, dimensions, truncate, tasks, origin }: OwnEmbedCall): JsonObject {
  const instances = inputs.map((input, at) => {
    const task = tasks?.[at];
    return given<Record<string, Json>>({
      content: plainText(input, at),
      task_type: task?.taskType,
      title: task?.title,
    });
  });
  const parameters = given<Record<string, Json>>({
    outputDimensionality: dimensions,
    // Cut off in silence where nobody says otherwise: the vector would be that of another text.
    autoTruncate: truncate ?? (origin === DIALECT ? undefined : false),
  });
  return { instances, parameters };
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

function refuseMany({ inputs }: EmbedCall, most: number): void {
  if (inputs.length <= most) return;
  throw new GatewayError(
    'unsupported',
    `The chosen model embeds ${most} texts in a call, not ${inputs.length}.`,
    {
      param: 'input',
      remedy: 'Send them in several calls.',
    },
  );
}

const OF_EACH_TEXT: ReadonlySet<string> = new Set(['taskType', 'title']);

function nameLosses(call: EmbedCall, predicts: boolean, { ledger }: EncodeOptions): void {
  if (call.user !== undefined) ledger.dropped('user');
  if (call.purpose !== undefined) ledger.dropped('input_type');
  if (call.truncate !== undefined && !predicts) ledger.dropped('truncate');
  for (const name of Object.keys(call.extras)) {
    if (call.origin !== DIALECT || !OF_EACH_TEXT.has(name)) ledger.dropped(name);
  }
}
