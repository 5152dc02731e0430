// Replies that are kept, by their ids: shown, listed by their items, deleted. All of it is the gateway's own; what
// another tenant has is not there.
import { GatewayError } from '../../canonical/errors.ts';
import type { FacePage, PageAsked } from '../../canonical/face-page.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { hexDigest } from '../../lib/digest.ts';

const PATH = '/v1/responses/';
const ITEMS = '/input_items';
const CANCEL = '/cancel';
const MOST_ITEMS = 100;
const USUAL_ITEMS = 20;

export const pages: readonly FacePage[] = [
  { method: 'GET', path: PATH, kept: 'read', render: show },
  { method: 'DELETE', path: PATH, kept: 'delete', render: remove },
  { method: 'POST', path: PATH, kept: 'cancel', render: act },
];

async function show(asked: PageAsked): Promise<JsonObject> {
  const { rest, query, turns } = asked;
  if (rest.endsWith(ITEMS)) return list(rest.slice(0, -ITEMS.length), asked);
  if (query.get('stream') === 'true') {
    throw new GatewayError('unsupported', 'A kept reply is not streamed again.', {
      param: 'stream',
      remedy: 'Ask for it without `stream`.',
    });
  }
  const turn = await turns.find(idIn(rest));
  if (turn === undefined) throw missing(rest);
  return turn.reply;
}

async function remove({ rest, turns }: PageAsked): Promise<JsonObject> {
  if (!(await turns.remove(idIn(rest)))) throw missing(rest);
  return { id: rest, object: 'response', deleted: true };
}

/** Nothing is ever under way here: replies run with the calls that ask for them. */
async function act({ rest, turns }: PageAsked): Promise<JsonObject> {
  const id = rest.slice(0, -CANCEL.length);
  if (!rest.endsWith(CANCEL) || (await turns.find(idIn(id))) === undefined) throw missing(id);
  throw new GatewayError('bad_request', `The reply "${id}" does not run in the background.`, {
    param: 'response_id',
    remedy: 'To stop a reply, close the connection of its call.',
  });
}

async function list(id: string, { query, turns }: PageAsked): Promise<JsonObject> {
  const turn = await turns.find(idIn(id));
  if (turn === undefined) throw missing(id);
  const oldestFirst = turn.items.map((item, at) => named(item, id, at));
  const items = query.get('order') === 'asc' ? oldestFirst : oldestFirst.reverse();
  const after = query.get('after');
  const from = after === null ? 0 : items.findIndex((item) => item['id'] === after) + 1;
  const page = items.slice(from, from + limitIn(query));
  return {
    object: 'list',
    data: page,
    first_id: page[0]?.['id'] ?? null,
    last_id: page.at(-1)?.['id'] ?? null,
    has_more: from + page.length < items.length,
  };
}

function limitIn(query: URLSearchParams): number {
  const text = query.get('limit') ?? String(USUAL_ITEMS);
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_ITEMS) return limit;
  throw new GatewayError('bad_request', `\`limit\` must be a number from 1 to ${MOST_ITEMS}.`, {
    param: 'limit',
  });
}

/** Callers need not name their items; pages must. */
function named(item: Json, reply: string, at: number): JsonObject {
  const object = asObject(item) ?? {};
  const type = asString(object['type']) ?? 'message';
  const id =
    asString(object['id']) ??
    `${type === 'message' ? 'msg' : 'item'}_${hexDigest(`${reply} ${at}`).slice(0, 32)}`;
  return { ...object, type, id };
}

function idIn(rest: string): string {
  if (rest === '' || rest.includes('/'))
    throw new GatewayError('not_found', `There is nothing at ${PATH}${rest}.`);
  return rest;
}

function missing(id: string): GatewayError {
  return new GatewayError('not_found', `There is no reply "${id}" here.`, {
    param: 'response_id',
    remedy: 'It was not made with a key of this tenant, not kept, deleted, or has expired.',
  });
}
