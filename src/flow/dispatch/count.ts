// Counting a call's input tokens: by the upstream where it offers that in the caller's dialect, else by whatever else
// it has, else by our tokenizer, else by size. The ledger says which.
import { GatewayError } from '../../canonical/errors.ts';
import { estimatedInput } from '../../canonical/estimate.ts';
import type { LedgerEntry } from '../../canonical/ledger.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { TokenCounter } from '../../ports.ts';
import type { End, Planned, Receiver, Target } from '../stage.ts';

export function countsItself(call: Planned, target: Target): boolean {
  const { upstream, model } = target;
  if (!upstream.protocols.some((protocol) => protocol.id === call.face.id)) return false;
  if (upstream.provider.speaks?.(call.face.id, model) === false) return false;
  return upstream.path(call.face.id, 'count', false, model) !== undefined;
}

/** Undefined before the first reply taught one: the usual ratio holds. */
export function bytesPerToken({ upstream, model }: Target): number | undefined {
  return upstream.tokenRatios?.bytesPerToken(model);
}

export async function countLocally(
  call: Planned,
  target: Target,
  to: Receiver,
  tokenizer: TokenCounter | undefined,
): Promise<End> {
  const encode = call.face.encodeCount;
  if (encode === undefined) {
    const error = new GatewayError('unsupported', 'This dialect has no call that counts tokens.');
    return { ok: false, error, started: false, usage: noUsage };
  }
  // What cannot be read cannot be counted: the caller hears of a malformed call here, too.
  call.wire.content();
  const { tokens, how } = await countOf(call, target, to.cancel, tokenizer);
  call.receipt.ledger = [how];
  to.start({
    status: 200,
    protocol: call.face,
    stream: false,
    operation: 'count',
    rewritten: false,
    headers: {},
  });
  to.frame(Buffer.from(encode(tokens)), 'terminal');
  return { ok: true, usage: noUsage };
}

interface Counted {
  readonly tokens: number;
  readonly how: LedgerEntry;
}

const field = 'input_tokens';
const exact: LedgerEntry = { field, outcome: 'mapped', note: 'counted by the upstream' };
const cut: LedgerEntry = { field, outcome: 'approximated', note: 'counted by our tokenizer' };
const guessed: LedgerEntry = { field, outcome: 'approximated', note: 'estimated from size' };

async function countOf(
  call: Planned,
  target: Target,
  cancel: Cancel,
  tokenizer: TokenCounter | undefined,
): Promise<Counted> {
  const own = await askUpstream(call, target, cancel);
  if (own !== undefined) return { tokens: own, how: exact };
  const { bytes } = call.wire;
  // Pictures have no text to be cut, and the tokenizer would pass over them. Who has left waits for nothing.
  const ours = cancel.requested || bytes.includes('base64') ? undefined : await tokenizer?.count(bytes);
  if (ours !== undefined) return { tokens: Math.max(1, ours), how: cut };
  return { tokens: estimatedInput(call.wire, bytesPerToken(target)), how: guessed };
}

/** An upstream that cannot be asked, or that does not take such a call, does not count it: others do. */
async function askUpstream(
  call: Planned,
  { upstream, model }: Target,
  cancel: Cancel,
): Promise<number | undefined> {
  try {
    return await upstream.count?.(call.wire, model, cancel);
  } catch {
    return undefined;
  }
}
