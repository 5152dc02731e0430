// Stage admit: the operator's own words in front of the caller's. Where they go is the dialect's to say.
import type { CallWire } from '../../canonical/call-wire.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import { scanObject } from '../../lib/json-scan.ts';

export function addSystemPrompt(wire: CallWire, face: Protocol, text: string): CallWire {
  return wire.with([face.prependSystem(wire, text)], (bytes) => scanObject(bytes, Number.POSITIVE_INFINITY));
}
