// What a Messages body needs on its way to a Messages upstream, as splices: the rest of its bytes stay.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray } from '../../canonical/json.ts';

/** Usage is always stated in this dialect: nothing needs asking for. */
export function upstreamEdits(): readonly Edit[] {
  return [];
}

export function wantsUsage(): boolean {
  return true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  const system = wire.value('system');
  const own = typeof system === 'string' ? [{ type: 'text', text: system }] : (asArray(system) ?? []);
  return { name: 'system', value: JSON.stringify([{ type: 'text', text }, ...own]) };
}
