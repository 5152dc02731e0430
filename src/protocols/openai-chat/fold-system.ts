// Inline system messages for templates that take none: their text joins the next user turn, behind its
// tool results, or, when no user turn follows, becomes one.
import type { Block, Message } from '../../canonical/blocks.ts';
import type { Ledger } from '../../canonical/ledger.ts';

export function foldSystem(messages: readonly Message[], ledger: Ledger): readonly Message[] {
  const folded: Message[] = [];
  let waiting: Block[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'system') {
      ledger.approximated(`messages[${index}]`, 'an inline system message joins a user turn');
      waiting.push(...message.blocks);
    } else if (message.role === 'user' && waiting.length > 0) {
      const results = message.blocks.filter((block) => block.type === 'tool_result');
      const rest = message.blocks.filter((block) => block.type !== 'tool_result');
      folded.push({ ...message, blocks: [...results, ...waiting, ...rest] });
      waiting = [];
    } else folded.push(message);
  }
  if (waiting.length > 0) folded.push({ role: 'user', blocks: waiting });
  return folded;
}
