// Stage admit: which model a name leads to, whether its caller may, what the call may say, and whether
// there is room for it now. Whatever happens further in, what was taken here is settled once.
import { isErrand } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { estimatedInput } from '../../canonical/estimate.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import type { Admitted, Call, End, Handle, Receiver, Stage, VirtualModel } from '../stage.ts';
import { pinToFiles } from './held-files.ts';
import type { IssuedKey } from './key-ring.ts';
import type { Limiter, LimitScope } from './limiter.ts';
import { isAllowed, type ModelBook, modelNotFound } from './model-book.ts';
import { type Opening, openCall } from './opening.ts';
import { applyParameters, type Ruled } from './parameters.ts';
import { addSystemPrompt } from './system-prompt.ts';
import { type OpenTurn, pinOf, type TurnParts } from './turns.ts';

/** A call with the key it came with: who has none was turned away before his body was read. */
export interface Keyed extends Call {
  readonly key: IssuedKey;
}

export interface AdmitParts {
  readonly models: ModelBook;
  readonly limiter: Limiter;
  readonly turns: TurnParts;
}

export function admit(parts: AdmitParts): Stage<Keyed, Admitted> {
  return (next) => (call, to) => {
    call.receipt.caller = call.key.caller;
    // Not an async function: that would be one more promise for every call.
    try {
      const entry = enter(parts.models, call);
      if (entry instanceof GatewayError) return Promise.resolve(refused(entry));
      return within(parts, call, entry, to, next);
    } catch (cause) {
      return Promise.reject(cause);
    }
  };
}

/** Takes room for the call before anything is looked up for it, and settles what it used, however it ends. */
async function within(
  { limiter, turns }: AdmitParts,
  call: Keyed,
  entry: Entry,
  to: Receiver,
  next: Handle<Admitted>,
): Promise<End> {
  const { scopes } = entry;
  const permit = limiter.take(scopes, guessedTokens(entry));
  call.receipt.limits = limiter.states(scopes);
  if (permit instanceof GatewayError) return refused(permit);
  let used = noUsage;
  try {
    const opened = openCall(call, turns);
    const opening = opened instanceof Promise ? await opened : opened;
    if (opening instanceof GatewayError) return refused(opening);
    const admitted = complete(call, entry, opening);
    if (admitted instanceof GatewayError) return refused(admitted);
    const { turn } = opening;
    if (turn?.recalled === true) to.recalled?.(admitted.wire);
    const end = await next(admitted, to);
    used = usedUpstream(admitted, end);
    if (end.ok && turn !== undefined && !to.cancel.requested) await keep(turn, call, to);
    return end;
  } finally {
    permit.settle(used);
  }
}

/** Before the receipt is closed: what was wanted and not done is in it, and in what is left of the answer. */
async function keep(turn: OpenTurn, call: Keyed, to: Receiver): Promise<void> {
  const loss = await turn.keep(to.ending?.() ?? '', call);
  if (loss === undefined) return;
  const { receipt } = call;
  receipt.replyLedger = [...(receipt.replyLedger ?? []), { field: 'store', outcome: 'dropped', note: loss }];
  to.unkept?.();
}

interface Entry {
  readonly virtual: VirtualModel;
  /** The call's own bytes, as the model's rules want them. */
  readonly ruled: Ruled;
  readonly scopes: readonly LimitScope[];
}

/** Every question that the call itself answers, in order; the first no is the answer. */
function enter(models: ModelBook, call: Keyed): Entry | GatewayError {
  const { key, receipt } = call;
  try {
    const virtual = permittedModel(models, call, key);
    receipt.model = virtual.name;
    return { virtual, ruled: settleBody(call, virtual), scopes: scopesOf(key, virtual) };
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
}

/** With what it refers to. A history that was not there before has to obey the rules, too. */
function complete(
  call: Keyed,
  { virtual, ruled }: Entry,
  { turn, places }: Opening,
): Admitted | GatewayError {
  try {
    const isSame = turn === undefined || turn.wire === call.wire;
    const { wire, changed } = isSame ? ruled : settleBody({ ...call, wire: turn.wire }, virtual);
    if (changed.length > 0) call.receipt.changed = [...(call.receipt.changed ?? []), ...changed];
    const sealer = turn === undefined ? undefined : pinOf(turn.sealers, virtual);
    return admittedCall(call, wire, virtual, pinToFiles(places, virtual, sealer));
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
}

/** Throws when the name leads nowhere, or this key may not use what it leads to. */
export function permittedModel(models: ModelBook, call: Call, key: IssuedKey): VirtualModel {
  const resolution = models.resolve(call.model);
  if (isUnnamed(call) && resolution?.byDefault !== false) throw unnamed(call.model);
  if (resolution === undefined) throw modelNotFound(call.model, models.near(call.model, key.mayUse));
  if (!isAllowed(call.model, resolution, key.mayUse)) throw notPermitted(resolution.virtual.name, key);
  return resolution.virtual;
}

/** Some errands have a usual model; where it is not to be had, that is not the caller's word. */
function isUnnamed({ operation, face, model, wire }: Call): boolean {
  if (!isErrand(operation) || model !== face.errands?.[operation]?.defaultModel) return false;
  return !wire.has('model');
}

function unnamed(usual: string): GatewayError {
  return new GatewayError('bad_request', `The field "model" is missing, and there is no "${usual}" here.`, {
    param: 'model',
    remedy: 'GET /v1/models lists the models this key may use.',
  });
}

function notPermitted(model: string, key: IssuedKey): GatewayError {
  const allowed = key.record.models ?? [];
  const remedy =
    allowed.length === 0
      ? 'It may use no model at all: ask the operator.'
      : `It may use ${allowed.map((name) => `"${name}"`).join(', ')}.`;
  return new GatewayError('permission', `The key "${key.record.name}" may not use the model "${model}".`, {
    param: 'model',
    remedy,
  });
}

/** The body as the model's rules want it. Token counts take a prompt, but no sampling parameters. */
export function settleBody(call: Call, virtual: VirtualModel): Ruled {
  const hasRules =
    virtual.parameters.length > 0 && (call.operation === 'chat' || call.operation === 'complete');
  const ruled: Ruled = hasRules
    ? applyParameters(call.wire, call.face, virtual)
    : { wire: call.wire, changed: [] };
  if (virtual.systemPrompt === undefined || isErrand(call.operation)) return ruled;
  const wire = addSystemPrompt(ruled.wire, call.face, virtual.systemPrompt);
  return { wire, changed: [...ruled.changed, 'system prompt added'] };
}

function admittedCall(
  call: Keyed,
  wire: Admitted['wire'],
  virtual: VirtualModel,
  pin: string | undefined,
): Admitted {
  return {
    id: call.id,
    face: call.face,
    operation: call.operation,
    wire,
    model: call.model,
    stream: call.stream,
    headers: call.headers,
    peer: call.peer,
    receipt: call.receipt,
    caller: call.key.caller,
    virtual,
    pin,
    strict: virtual.strict || call.headers['x-signalbox-strict'] === 'true',
  };
}

function scopesOf(key: IssuedKey, virtual: VirtualModel): readonly LimitScope[] {
  if (virtual.limits.length === 0) return key.scopes;
  return [...key.scopes, { kind: 'model', id: virtual.name, name: virtual.name, rules: virtual.limits }];
}

/** Near enough for a bucket that learns the truth at the end, or keeps the guess when there is none to learn. */
function guessedTokens({ virtual, ruled, scopes }: Entry): number {
  if (!countsTokens(scopes)) return 0;
  const [first] = virtual.targets;
  return estimatedInput(ruled.wire, first?.upstream.tokenRatios?.bytesPerToken(first.model));
}

function countsTokens(scopes: readonly LimitScope[]): boolean {
  for (const { rules } of scopes) for (const { of } of rules) if (of === 'tokens') return true;
  return false;
}

/** An answer that was there already, or is somebody else's, used nothing of what limits protect. */
function usedUpstream(call: Admitted, end: End): Usage {
  const { cache } = call.receipt;
  return cache === 'hit' || cache === 'joined' ? noUsage : end.usage;
}

function refused(error: GatewayError): End {
  return { ok: false, error, started: false, usage: noUsage };
}
