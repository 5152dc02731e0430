// What is left of a call where only a text can be sent that is to be gone on with. What is more than that is refused.
import type { Block } from './blocks.ts';
import type { CallContent } from './content.ts';
import { GatewayError } from './errors.ts';
import type { Ledger } from './ledger.ts';

/** Instructions have no place of their own: they stand before the prompt. */
export function barePrompt({ system, messages, tools, serverTools }: CallContent, ledger: Ledger): string {
  if (tools.length > 0 || serverTools.length > 0) throw moreThanPrompt('tools', 'Tools');
  const [message, ...others] = messages;
  if (message === undefined || others.length > 0 || message.role !== 'user') {
    throw moreThanPrompt('messages', 'A conversation');
  }
  const prompt = message.blocks.map((block) => textOf(block)).join('');
  if (system.length === 0) return prompt;
  ledger.approximated('system', 'before the prompt');
  return `${system.map((block) => textOf(block)).join('\n\n')}\n\n${prompt}`;
}

function textOf(block: Block): string {
  if (block.type === 'text') return block.text;
  throw moreThanPrompt('prompt', `What is no text (${block.type})`);
}

export function moreThanPrompt(param: string, what: string): GatewayError {
  return new GatewayError('unsupported', `${what} cannot be part of a completion.`, {
    param,
    remedy: 'Leave it out, or send the call as a chat.',
  });
}
