// What a Converse body needs on its way to a Converse upstream: nothing. Model and streaming are in the path.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray } from '../../canonical/json.ts';

/** Usage is always stated in this dialect: nothing needs asking for. */
export function wantsUsage(): boolean {
  return true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  const own = asArray(wire.value('system')) ?? [];
  return { name: 'system', value: JSON.stringify([{ text }, ...own]) };
}
