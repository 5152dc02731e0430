// Batches: made of the tenant's own checked files only. What one has written becomes the tenant's when it is first
// seen, and what it used is in the receipt of the call that first sees it finished, once.

import { parseObject } from '../canonical/call-wire.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { BatchNote } from '../canonical/held.ts';
import type { JsonObject } from '../canonical/json.ts';
import { nanoDollars, type Price, priceAtPercent } from '../canonical/money.ts';
import { inputTokens, type Usage } from '../canonical/usage.ts';
import { permittedModel } from '../flow/admit/admit.ts';
import type { Upstream } from '../flow/stage.ts';
import { type Answer, type AttemptWish, HeldAttempt } from './attempt.ts';
import type { CheckedCalls, HeldBatch, Kept } from './custody.ts';
import { type Desk, holderOf, noSuchAnswer, tell, tellJson } from './desk.ts';
import { endpointOf } from './lines.ts';
import { pageOf } from './page.ts';

/** Of a list's unfinished batches, so many are asked after, and so many at once. */
const MOST_ASKED = 20;
const AT_ONCE = 5;

export async function createBatch(desk: Desk): Promise<void> {
  const { parts, custody, call, to } = desk;
  const { tenant } = call.key.caller;
  const wish = call.dialect.batchWish(parseObject(call.wire.bytes));
  const file = await custody.get('file', tenant, wish.input);
  const { calls } = file.value;
  if (calls === undefined) throw uncheckedFile(wish.input, call.dialect.purpose.batch);
  checkCalls(desk, calls, wish.endpoint);
  const upstream = holderOf(file.value.upstream, parts.upstreams);
  const body = [Buffer.from(JSON.stringify(wish.body))];
  const mediaType = 'application/json';
  const asked: AttemptWish = { upstream, kind: 'batch', method: 'POST', below: '', body, mediaType };
  const answer = await HeldAttempt.ask(call, asked, to.cancel, () => parts.clock.now());
  const note = call.dialect.batchNote(answer.body);
  if (note === undefined) throw noSuchAnswer(upstream);
  const { models, upstreamModels } = calls;
  const value = { upstream: upstream.name, object: answer.body, models, upstreamModels, over: false };
  await custody.alone(tenant, note.id, async () => {
    await custody.put('batch', tenant, { id: note.id, expires: undefined, value });
    await learn(desk, await custody.get('batch', tenant, note.id), answer, upstream);
  });
  nameIt(desk, note.id, value);
  tell(call, to, answer.bytes);
}

function uncheckedFile(id: string, purpose: string): GatewayError {
  return new GatewayError(
    'bad_request',
    `The file "${id.slice(0, 80)}" was not uploaded as calls of a batch.`,
    {
      param: 'input_file_id',
      remedy: `Upload it with the purpose "${purpose}".`,
    },
  );
}

/** Who makes the batch need not be who uploaded the file, and rights change. */
function checkCalls({ parts, call }: Desk, calls: CheckedCalls, endpoint: string): void {
  if (endpointOf(endpoint) !== calls.endpoint) {
    throw new GatewayError('bad_request', `The calls in the file are for "${calls.endpoint}".`, {
      param: 'endpoint',
      remedy: `Say so in "endpoint".`,
    });
  }
  for (const model of calls.models) permittedModel(parts.models, { ...call, model }, call.key);
}

/** One batch as it is now; `below` its path: something is done to it. */
export async function readBatch(desk: Desk, method: 'GET' | 'POST', below: string): Promise<void> {
  const { custody, call, to } = desk;
  const kept = await custody.get('batch', call.key.caller.tenant, call.subject);
  nameIt(desk, kept.id, kept.value);
  tell(call, to, (await lookAfter(desk, kept, method, below)).bytes);
}

export async function listBatches(desk: Desk): Promise<void> {
  const { custody, call, to } = desk;
  const page = pageOf(call);
  const found = await custody.list('batch', call.key.caller.tenant, page, () => true);
  const shown = found.slice(0, page.limit);
  const objects = new Map(shown.map(({ id, value }) => [id, value.object] as const));
  const open = shown.filter(({ value }) => !value.over).slice(0, MOST_ASKED);
  for (let at = 0; at < open.length; at += AT_ONCE) {
    const fresh = open.slice(at, at + AT_ONCE).map((kept) => now(desk, kept));
    for (const { id, object } of await Promise.all(fresh)) objects.set(id, object);
  }
  tellJson(call, to, call.dialect.page([...objects.values()], found.length > page.limit));
}

/** As its upstream describes it; as it was last described, if that cannot be asked. */
async function now(
  desk: Desk,
  kept: Kept<HeldBatch>,
): Promise<{ readonly id: string; readonly object: JsonObject }> {
  try {
    return { id: kept.id, object: (await lookAfter(desk, kept, 'GET', '')).body };
  } catch (cause) {
    if (!(cause instanceof GatewayError) || cause.code === 'client_gone') throw cause;
    return { id: kept.id, object: kept.value.object };
  }
}

async function lookAfter(
  { parts, custody, call, to }: Desk,
  { id, value }: Kept<HeldBatch>,
  method: 'GET' | 'POST',
  below: string,
): Promise<Answer> {
  const { tenant } = call.key.caller;
  const upstream = holderOf(value.upstream, parts.upstreams);
  const wish = { upstream, kind: 'batch', method, below: `/${encodeURIComponent(id)}${below}`, id } as const;
  const answer = await HeldAttempt.ask(call, wish, to.cancel, () => parts.clock.now());
  await custody.alone(tenant, id, async () => {
    await learn({ parts, custody, call, to }, await custody.get('batch', tenant, id), answer, upstream);
  });
  return answer;
}

/** What an answer says of a batch goes on record. Whoever calls this is alone with the batch. */
async function learn(desk: Desk, kept: Kept<HeldBatch>, answer: Answer, upstream: Upstream): Promise<void> {
  const { custody, call } = desk;
  const note = call.dialect.batchNote(answer.body);
  // What came before it was over has come too late.
  if (note === undefined || note.id !== kept.id || kept.value.over) return;
  for (const id of note.results) await adopt(desk, id, upstream);
  const value = { ...kept.value, object: answer.body, over: note.over };
  const { expires } = kept;
  const { tenant } = call.key.caller;
  // Another worker may have read the same record at the same moment.
  const isFirst = note.over && (await custody.isFirst(tenant, kept));
  await custody.put('batch', tenant, { id: kept.id, expires, value }, kept);
  if (isFirst) bill(answer, note, kept.value, upstream);
}

/** A file that a batch has written. */
async function adopt({ parts, custody, call, to }: Desk, id: string, upstream: Upstream): Promise<void> {
  const { tenant } = call.key.caller;
  if ((await custody.find('file', tenant, id)) !== undefined) return;
  const wish = { upstream, kind: 'file', method: 'GET', below: `/${encodeURIComponent(id)}`, id } as const;
  const described = await HeldAttempt.ask(call, wish, to.cancel, () => parts.clock.now()).catch(
    () => undefined,
  );
  const note = described === undefined ? undefined : call.dialect.fileNote(described.body);
  const object = note?.id === id && described !== undefined ? described.body : call.dialect.fileStub(id);
  const value = { upstream: upstream.name, object };
  await custody.put('file', tenant, { id, expires: note?.expires, value });
}

function bill({ note }: Answer, { over, usage }: BatchNote, batch: HeldBatch, upstream: Upstream): void {
  if (!over || usage === undefined) return;
  note.usage = usage;
  note.price = priceOf(usage, batch, upstream);
}

/** Undefined where it takes more than the sum to know what is due: which model used how much, or which call. */
function priceOf(
  usage: Usage,
  { upstreamModels }: HeldBatch,
  { provider, facts }: Upstream,
): Price | undefined {
  const [model, another] = upstreamModels;
  const { batchPercent } = provider;
  const price = model === undefined || another !== undefined ? undefined : facts(model)?.price;
  if (price === undefined || batchPercent === undefined || !isSumEnough(price, usage)) return undefined;
  return priceAtPercent(price, batchPercent);
}

/** Where all calls together reach no other rates, none of them does by itself. */
function isSumEnough({ perCall = nanoDollars(0n), tiers = [] }: Price, usage: Usage): boolean {
  return perCall === 0n && tiers.every(({ above }) => inputTokens(usage) <= above);
}

function nameIt({ call }: Desk, id: string, { models, upstreamModels }: HeldBatch): void {
  const { receipt } = call;
  receipt.held = id;
  const [model, another] = models;
  if (model === undefined || another !== undefined) return;
  receipt.askedModel = model;
  receipt.upstreamModel = upstreamModels[0];
}
