// Why an answer ended, in TGI's three words.
import type { StopReason } from '../../canonical/reply.ts';

const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['length', 'length'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop_sequence'],
]);

export function decodeStop(word: string | undefined): StopReason {
  return reasons.get(word ?? '') ?? 'stop';
}
