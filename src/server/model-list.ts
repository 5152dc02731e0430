// One body for `/v1/models` that both SDKs read: each takes the fields it knows.
import { GatewayError } from '../canonical/errors.ts';
import type { ModelEntry } from '../flow/admit/model-book.ts';

interface ListedModel {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
  readonly type: 'model';
  readonly display_name: string;
  readonly created_at: string;
  readonly context_length?: number;
  readonly max_input_tokens?: number;
  readonly max_tokens?: number;
  readonly abilities?: readonly string[];
}

export function modelList(entries: readonly ModelEntry[], since: Date): Record<string, unknown> {
  const data = entries.map((entry) => listed(entry, since));
  return {
    object: 'list',
    data,
    has_more: false,
    first_id: data[0]?.id ?? null,
    last_id: data[data.length - 1]?.id ?? null,
  };
}

export function findModel(entries: readonly ModelEntry[], name: string, since: Date): ListedModel {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry !== undefined) return listed(entry, since);
  throw new GatewayError('model_not_found', `There is no model "${name.slice(0, 100)}" here.`, {
    param: 'model',
    remedy: 'GET /v1/models lists the models this key may use.',
  });
}

function listed(entry: ModelEntry, since: Date): ListedModel {
  return {
    id: entry.name,
    object: 'model',
    created: Math.floor(since.getTime() / 1000),
    owned_by: entry.upstream ?? 'signalbox',
    type: 'model',
    display_name: entry.name,
    created_at: since.toISOString(),
    ...(entry.contextWindow === undefined
      ? {}
      : { context_length: entry.contextWindow, max_input_tokens: entry.contextWindow }),
    ...(entry.maxOutput === undefined ? {} : { max_tokens: entry.maxOutput }),
    ...(entry.abilities === undefined ? {} : { abilities: entry.abilities }),
  };
}
