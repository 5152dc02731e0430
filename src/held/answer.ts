// Stands in the place of admit to dispatch for calls about what an upstream holds: limits, whose it is, one try
// at the upstream that has it. Lists are made of our own records, since the upstream's are everybody's.
import { GatewayError } from '../canonical/errors.ts';
import type { Deed, HeldKind } from '../canonical/held.ts';
import { noUsage, type Usage, usageSum } from '../canonical/usage.ts';
import type { Handle } from '../flow/stage.ts';
import { type AttemptWish, HeldAttempt } from './attempt.ts';
import { createBatch, listBatches, readBatch } from './batches.ts';
import type { HeldCall } from './call.ts';
import { Custody, type HeldFile, type Kept, notFound } from './custody.ts';
import { type Desk, type HeldParts, holderOf, noSuchAnswer, tell, tellJson } from './desk.ts';

import { pageOf } from './page.ts';
import { readUpload } from './upload.ts';

type Act = (desk: Desk) => Promise<void>;

const acts: Readonly<Record<HeldKind, Readonly<Partial<Record<Deed, Act>>>>> = {
  file: { create: createFile, list: listFiles, read: readFile, content: passContent, delete: deleteFile },
  batch: {
    create: createBatch,
    list: listBatches,
    read: (desk) => readBatch(desk, 'GET', ''),
    cancel: (desk) => readBatch(desk, 'POST', '/cancel'),
  },
};

export function createHeld(parts: HeldParts): Handle<HeldCall> {
  const custody = new Custody(parts.turns.records, parts.clock);
  return async (call, to) => {
    const { receipt, key } = call;
    receipt.caller = key.caller;
    const permit = parts.limiter.take(key.scopes, 0);
    receipt.limits = parts.limiter.states(key.scopes);
    if (permit instanceof GatewayError) return { ok: false, error: permit, started: false, usage: noUsage };
    try {
      const act = acts[call.kind][call.deed];
      if (act === undefined) throw notFound(call.kind, call.subject);
      await act({ parts, custody, call, to });
      return { ok: true, usage: usedBy(call) };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { ok: false, error, started: false, usage: usedBy(call) };
    } finally {
      // What batches use, vendors bound apart from everything else: it is no part of what limits protect.
      permit.settle(noUsage);
    }
  };
}

function usedBy({ receipt }: HeldCall): Usage {
  return receipt.attempts.reduce(
    (sum, { usage }) => (usage === undefined ? sum : usageSum(sum, usage)),
    noUsage,
  );
}

async function createFile({ parts, custody, call, to }: Desk): Promise<void> {
  const { tenant } = call.key.caller;
  const { upstream, body, calls } = await readUpload(call, parts.upstreams, parts, to.cancel);
  const wish = {
    upstream,
    kind: 'file',
    method: 'POST',
    below: '',
    body,
    mediaType: call.wire.mediaType,
  } as const;
  const answer = await HeldAttempt.ask(call, wish, to.cancel, () => parts.clock.now());
  const note = call.dialect.fileNote(answer.body);
  if (note === undefined) throw noSuchAnswer(upstream);
  const known = await custody.find('file', tenant, note.id);
  if (known !== undefined && known.value.upstream !== upstream.name) {
    throw new GatewayError(
      'upstream_garbled',
      `The upstream "${upstream.name}" calls this file "${note.id}", as another of yours is called already.`,
    );
  }
  call.receipt.held = note.id;
  const value: HeldFile = {
    upstream: upstream.name,
    object: answer.body,
    ...(calls === undefined ? {} : { calls }),
  };
  await custody.put('file', tenant, { ...note, value });
  tell(call, to, answer.bytes);
}

async function listFiles({ custody, call, to }: Desk): Promise<void> {
  const { dialect, query, key } = call;
  const page = pageOf(call);
  const purpose = query.get(dialect.purpose.name);
  const wanted = ({ object }: HeldFile): boolean =>
    purpose === null || object[dialect.purpose.name] === purpose;
  const found = await custody.list('file', key.caller.tenant, page, wanted);
  const entries = found.slice(0, page.limit).map(({ value }) => value.object);
  tellJson(call, to, dialect.page(entries, found.length > page.limit));
}

async function readFile(desk: Desk): Promise<void> {
  const { custody, call, to } = desk;
  const kept = await ownFile(desk);
  const answer = await HeldAttempt.ask(call, fileWish(desk, kept, 'GET', ''), to.cancel, () =>
    desk.parts.clock.now(),
  );
  const note = call.dialect.fileNote(answer.body);
  if (note?.id === kept.id && JSON.stringify(kept.value.object) !== JSON.stringify(answer.body)) {
    const value = { ...kept.value, object: answer.body };
    const { tenant } = call.key.caller;
    await custody.alone(tenant, kept.id, async () => {
      const still = await custody.find('file', tenant, kept.id);
      if (still !== undefined) await custody.put('file', tenant, { ...note, value }, still);
    });
  }
  tell(call, to, answer.bytes);
}

async function passContent(desk: Desk): Promise<void> {
  const wish = fileWish(desk, await ownFile(desk), 'GET', '/content');
  await HeldAttempt.pass(desk.call, wish, desk.to, () => desk.parts.clock.now());
}

async function deleteFile(desk: Desk): Promise<void> {
  const { custody, call, to, parts } = desk;
  const kept = await ownFile(desk);
  const { tenant } = call.key.caller;
  const forget = () => custody.alone(tenant, kept.id, () => custody.remove(tenant, kept.id));
  try {
    const answer = await HeldAttempt.ask(call, fileWish(desk, kept, 'DELETE', ''), to.cancel, () =>
      parts.clock.now(),
    );
    await forget();
    tell(call, to, answer.bytes);
  } catch (cause) {
    // Gone already: nothing is left to be listed.
    if (cause instanceof GatewayError && cause.code === 'not_found') await forget();
    throw cause;
  }
}

async function ownFile({ custody, call }: Desk): Promise<Kept<HeldFile>> {
  const kept = await custody.get('file', call.key.caller.tenant, call.subject);
  call.receipt.held = kept.id;
  return kept;
}

function fileWish(
  { parts }: Desk,
  { id, value }: Kept<HeldFile>,
  method: AttemptWish['method'],
  below: string,
): AttemptWish {
  const upstream = holderOf(value.upstream, parts.upstreams);
  return { upstream, kind: 'file', method, below: `/${encodeURIComponent(id)}${below}`, id };
}
