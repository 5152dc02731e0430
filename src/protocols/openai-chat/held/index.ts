// Files and batches in OpenAI's words: where they are asked for, and what of them has a meaning here.
import type { BatchNote, FileNote, HeldDialect } from '../../../canonical/held.ts';
import { asNumber, asObject, asString, type Json, type JsonObject } from '../../../canonical/json.ts';
import type { FaceRoute } from '../../../canonical/protocol.ts';
import { type Usage, usageInUnits } from '../../../canonical/usage.ts';
import { errandUsage } from '../errands/usage.ts';
import { batchWish } from './batch-wish.ts';
import { lineWish } from './line-wish.ts';

export const heldRoutes: readonly FaceRoute[] = [
  { path: '/v1/files', operation: 'file', method: 'POST', deed: 'create' },
  { path: '/v1/files', operation: 'file', method: 'GET', deed: 'list' },
  { path: '/v1/files/{id}', operation: 'file', method: 'GET', deed: 'read' },
  { path: '/v1/files/{id}', operation: 'file', method: 'DELETE', deed: 'delete' },
  { path: '/v1/files/{id}/content', operation: 'file', method: 'GET', deed: 'content' },
  { path: '/v1/batches', operation: 'batch', method: 'POST', deed: 'create' },
  { path: '/v1/batches', operation: 'batch', method: 'GET', deed: 'list' },
  { path: '/v1/batches/{id}', operation: 'batch', method: 'GET', deed: 'read' },
  { path: '/v1/batches/{id}/cancel', operation: 'batch', method: 'POST', deed: 'cancel' },
];

export const held: HeldDialect = {
  purpose: { name: 'purpose', batch: 'batch' },
  endpoints: new Set([
    '/v1/chat/completions',
    '/v1/responses',
    '/v1/completions',
    '/v1/embeddings',
    '/v1/moderations',
    '/v1/images/generations',
  ]),
  file: 'file',
  pages: { file: { most: 10_000, usual: 1_000 }, batch: { most: 100, usual: 20 } },
  fileNote,
  batchNote,
  fileStub: (id) => ({ id, object: 'file', purpose: 'batch_output' }),
  batchWish,
  lineWish,
  page,
};

function fileNote(body: JsonObject): FileNote | undefined {
  const id = idIn(body);
  if (id === undefined) return undefined;
  const seconds = asNumber(body.expires_at);
  return { id, expires: seconds === undefined || seconds <= 0 ? undefined : seconds * 1000 };
}

/** Many calls together use more than one can. */
const MOST_OF_BATCH = 1e12;

const finished: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled']);

function batchNote(body: JsonObject): BatchNote | undefined {
  const id = idIn(body);
  const status = asString(body.status);
  if (id === undefined || status === undefined) return undefined;
  const over = finished.has(status);
  const results = [body.output_file_id, body.error_file_id].filter(
    (file) => typeof file === 'string' && file !== '',
  );
  return { id, over, results: results as string[], usage: over ? usageOf(body, status) : undefined };
}

/** A batch that was cut short is billed for what was done until then. */
function usageOf(body: JsonObject, status: string): Usage | undefined {
  const stated = asObject(body.usage);
  const done = asNumber(asObject(body.request_counts)?.completed);
  const usage = errandUsage(stated, MOST_OF_BATCH);
  if (usage !== undefined && (usage.fresh + usage.cacheRead + usage.output > 0 || done === 0)) {
    const reasoning = asNumber(asObject(stated?.output_tokens_details)?.reasoning_tokens) ?? 0;
    return { ...usage, reasoning: Math.min(Math.max(0, reasoning), usage.output) };
  }
  const nothing = done === 0 || (done === undefined && status !== 'completed');
  return nothing ? undefined : usageInUnits({});
}

/** An id becomes part of a path and of a receipt. */
function idIn(body: JsonObject): string | undefined {
  const id = asString(body.id);
  return id !== undefined && /^[\w.:-]{1,200}$/.test(id) ? id : undefined;
}

function page(entries: readonly Json[], more: boolean): JsonObject {
  const ids = entries.map((entry) => asString(asObject(entry)?.id) ?? null);
  return {
    object: 'list',
    data: entries,
    has_more: more,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  };
}
