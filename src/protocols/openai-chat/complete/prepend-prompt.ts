// An operator's instructions before a bare prompt, which has no other place for them.
import type { CallWire, Edit } from '../../../canonical/call-wire.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import { isArray, type Json } from '../../../canonical/json.ts';

export function prependPrompt(wire: CallWire, text: string): Edit {
  const prompt = wire.value('prompt') ?? '';
  const before = (one: Json): string => {
    if (typeof one === 'string') return `${text}\n\n${one}`;
    throw new GatewayError(
      'unsupported',
      "This model's instructions cannot stand before a prompt of tokens.",
      {
        param: 'prompt',
        remedy: 'Send the prompt as text.',
      },
    );
  };
  return { name: 'prompt', value: JSON.stringify(isArray(prompt) ? prompt.map(before) : before(prompt)) };
}
