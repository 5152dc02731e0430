// What a Messages body needs on its way to a Messages upstream, as splices: the rest of its bytes stay.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { withoutBillingNote } from './billing-edits.ts';
import { VENDOR } from './origin.ts';
import { withoutUnsignedThinking } from './thinking-edits.ts';
import { threadRefused } from './threads.ts';

/** The vendor checks signatures and wants its note; to engines neither means anything, and the note costs. */
export function upstreamEdits(wire: CallWire, quirks: Quirks): readonly Edit[] {
  if (quirks.threads !== true && wire.has('thread')) throw threadRefused();
  return quirks.sealedOrigin === VENDOR ? withoutUnsignedThinking(wire) : withoutBillingNote(wire);
}

/** Usage is always stated in this dialect: nothing needs asking for. */
export function wantsUsage(): boolean {
  return true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  const system = wire.value('system');
  const own = typeof system === 'string' ? [{ type: 'text', text: system }] : (asArray(system) ?? []);
  return { name: 'system', value: JSON.stringify([{ type: 'text', text }, ...own]) };
}

/** Whether what this upstream declares it cannot take is absent from the call. */
export function fits(_wire: CallWire, _quirks: Quirks): boolean {
  return true;
}
