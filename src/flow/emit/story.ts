// What became of a call, in response headers anybody can read: names and values in turn.
import { ledgerHeader } from '../../canonical/ledger.ts';
import type { LimitStates, QueueNote, ReceiptDraft } from '../../canonical/receipt.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { headerValue } from '../../lib/header-value.ts';

/** `answered`: it is known who answers. */
export function tellStory(receipt: ReceiptDraft, headers: string[], answered: boolean): void {
  headers.push('x-request-id', receipt.id);
  if (receipt.model !== undefined) headers.push('x-signalbox-model', headerValue(receipt.model));
  if (answered) tellAnswer(receipt, headers);
  if (receipt.cache !== 'off') headers.push('x-signalbox-cache', receipt.cache);
  if (receipt.changed !== undefined && receipt.changed.length > 0) {
    headers.push('x-signalbox-changed', headerValue(receipt.changed.join('; ')));
  }
  if (receipt.limits !== undefined) stateLimits(receipt.limits, headers);
}

function tellAnswer(receipt: ReceiptDraft, headers: string[]): void {
  if (receipt.upstream !== undefined) {
    const model = receipt.upstreamModel === undefined ? '' : `/${receipt.upstreamModel}`;
    headers.push('x-signalbox-upstream', headerValue(`${receipt.upstream}${model}`));
  }
  if (receipt.attempts.length > 0) {
    headers.push('x-signalbox-attempts', String(receipt.attempts.length), 'server-timing', timing(receipt));
  }
  const losses = [...(receipt.ledger ?? []), ...(receipt.replyLedger ?? [])];
  if (losses.length > 0) headers.push('x-signalbox-translation', ledgerHeader(losses));
}

/** The upstream's own headers. Where we state limits of ours, its are not the ones the caller meets. */
export function passOn(upstream: WireHeaders, receipt: ReceiptDraft, headers: string[]): void {
  for (const name in upstream) {
    if (receipt.limits !== undefined && name.startsWith('x-ratelimit-')) continue;
    headers.push(name, upstream[name] as string);
  }
}

/** Milliseconds: ours before the first attempt, and from there to the first content. */
function timing({ attempts, firstContentAt, queued }: ReceiptDraft): string {
  const ours = attempts[0]?.startedAt ?? 0;
  const own = queued === undefined ? `gateway;dur=${tenths(ours)}` : waiting(ours, queued);
  return firstContentAt === undefined ? own : `${own}, upstream;dur=${tenths(firstContentAt - ours)}`;
}

/** Of the time before the first attempt, that in a queue. */
function waiting(ours: number, queued: readonly QueueNote[]): string {
  const [first] = queued.filter((note) => note.ms !== undefined && note.startedAt <= ours);
  const waited = first?.ms ?? 0;
  return `gateway;dur=${tenths(ours - waited)}, queue;dur=${tenths(waited)}`;
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

/** The tightest limits of the caller, in the names clients already read. */
function stateLimits(limits: LimitStates, headers: string[]): void {
  if (limits.requests !== undefined) {
    const { limit, remaining, reset } = limits.requests;
    headers.push(
      'x-ratelimit-limit-requests',
      String(limit),
      'x-ratelimit-remaining-requests',
      String(remaining),
    );
    headers.push('x-ratelimit-reset-requests', `${Math.ceil(reset / 1000)}s`);
  }
  if (limits.tokens !== undefined) {
    const { limit, remaining, reset } = limits.tokens;
    headers.push(
      'x-ratelimit-limit-tokens',
      String(limit),
      'x-ratelimit-remaining-tokens',
      String(remaining),
    );
    headers.push('x-ratelimit-reset-tokens', `${Math.ceil(reset / 1000)}s`);
  }
}
