// Stage admit: a virtual model's rules about parameters, applied to the caller's own bytes. The operator's
// names become the dialect's fields; every change is noted for the receipt.
import type { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import type { ParameterName, Protocol } from '../../canonical/protocol.ts';
import type { ParameterRule, VirtualModel } from '../stage.ts';
import { FieldDraft } from './field-draft.ts';

export interface Ruled {
  readonly wire: CallWire;
  readonly changed: readonly string[];
}

/** Throws a GatewayError when a rule forbids what the caller sent. */
export function applyParameters(wire: CallWire, face: Protocol, virtual: VirtualModel): Ruled {
  const draft = new FieldDraft(wire);
  const changed: string[] = [];
  for (const rule of virtual.parameters) {
    const slot = new Slot(draft, rule.name, face);
    const note = apply(rule, slot, virtual.name);
    if (note !== undefined) changed.push(`${rule.name} ${note}`);
  }
  return { wire: draft.finish(), changed };
}

/** One parameter in this body: the fields it may be written in, and those of them that say something. */
class Slot {
  readonly present: readonly string[];
  /** Where the parameter goes if it is in none of them; undefined when the dialect has no place for it. */
  readonly home: string | undefined;
  readonly #draft: FieldDraft;

  constructor(draft: FieldDraft, name: string, face: Protocol) {
    const listed = Object.hasOwn(face.parameters, name) ? face.parameters[name as ParameterName] : undefined;
    const fields = listed ?? [name];
    this.#draft = draft;
    // In every dialect null means the same as nothing.
    this.present = fields.filter((field) => (draft.read(field) ?? null) !== null);
    this.home = listed === undefined && Object.hasOwn(ours, name) ? undefined : fields[0];
  }

  read(field: string): Json | undefined {
    return this.#draft.read(field);
  }

  write(field: string, value: string): void {
    this.#draft.write(field, value);
  }
}

/** Names that are ours, not a wire field's: a dialect that does not list one cannot say it. */
const ours: Readonly<Record<ParameterName, true>> = {
  max_tokens: true,
  temperature: true,
  top_p: true,
  top_k: true,
  stop: true,
  seed: true,
  n: true,
  presence_penalty: true,
  frequency_penalty: true,
  logprobs: true,
  reasoning_effort: true,
};

/** What was done, in words; undefined for nothing. */
function apply(rule: ParameterRule, slot: Slot, model: string): string | undefined {
  switch (rule.kind) {
    case 'default':
      if (slot.present.length > 0 || slot.home === undefined) return undefined;
      slot.write(slot.home, rule.value);
      return 'defaulted';
    case 'lock':
      return lock(slot, rule.value) ? 'locked' : undefined;
    case 'clamp':
      return clamp(rule, slot);
    case 'forbid':
      return forbid(rule.name, slot, model);
  }
}

/** A caller may name a parameter in two ways at once, and no one knows which of them counts: lock both. */
function lock(slot: Slot, value: string): boolean {
  const fields = slot.present.length > 0 ? slot.present : slot.home === undefined ? [] : [slot.home];
  const differing = fields.filter((field) => JSON.stringify(slot.read(field)) !== value);
  for (const field of differing) slot.write(field, value);
  return differing.length > 0;
}

function clamp(rule: ParameterRule & { readonly kind: 'clamp' }, slot: Slot): string | undefined {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule;
  let bound: number | undefined;
  for (const field of slot.present) {
    const value = slot.read(field);
    // Some upstreams read numbers out of strings: a bound that looks away is none.
    if (typeof value !== 'number') {
      throw new GatewayError('bad_request', `"${field}" must be a number.`, { param: field });
    }
    const asked = isBoundless(rule, value) ? Number.POSITIVE_INFINITY : value;
    const within = Math.min(Math.max(asked, min), max);
    if (within === asked || within === Number.POSITIVE_INFINITY) continue;
    bound = within;
    slot.write(field, String(within));
  }
  if (isUnboundedOutput(rule, slot)) {
    bound = rule.max;
    slot.write(slot.home ?? rule.name, String(rule.max));
  }
  return bound === undefined ? undefined : `clamped to ${bound}`;
}

/** To engines a bound of nothing, or less, is none. */
function isBoundless(rule: ParameterRule, value: number): boolean {
  return rule.name === 'max_tokens' && value < 1;
}

/** Saying nothing about the output's length means as much as the model can: more than any maximum. */
function isUnboundedOutput(rule: ParameterRule & { readonly kind: 'clamp' }, slot: Slot): boolean {
  return (
    rule.name === 'max_tokens' &&
    rule.max !== undefined &&
    slot.present.length === 0 &&
    slot.home !== undefined
  );
}

function forbid(name: string, slot: Slot, model: string): undefined {
  const field = slot.present[0];
  if (field === undefined) return undefined;
  throw new GatewayError('forbidden_parameter', `The model "${model}" does not take "${name}".`, {
    param: field,
    remedy: `Leave "${field}" out of the call.`,
  });
}
