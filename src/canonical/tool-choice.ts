// The choice among tools where an engine ignores it: what can be done without a word from the engine.
import type { CallContent, Tool, ToolChoice } from './content.ts';
import type { Ledger } from './ledger.ts';
import type { Quirks } from './provider.ts';

interface Honoured {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice | undefined;
}

/** An engine that ignores the choice is offered only what may be chosen: the nearest it can do. */
export function honouredChoice(
  content: Pick<CallContent, 'tools' | 'toolChoice'>,
  { ledger, quirks }: { readonly ledger: Ledger; readonly quirks: Quirks },
): Honoured {
  const { tools, toolChoice: choice } = content;
  if (quirks.toolChoice !== 'none' || choice === undefined) return { tools, choice };
  switch (choice.mode) {
    case 'auto':
      return { tools, choice: undefined };
    case 'none':
      ledger.mapped('tool_choice', 'the tools are not offered');
      return { tools: [], choice: undefined };
    case 'required':
      ledger.dropped('tool_choice', 'the engine decides for itself');
      return { tools, choice: undefined };
    case 'tool':
      ledger.approximated('tool_choice', 'only that tool is offered');
      return { tools: tools.filter((tool) => tool.name === choice.name), choice: undefined };
    case 'allowed':
      if (choice.required) ledger.approximated('tool_choice', 'only those tools are offered');
      else ledger.mapped('tool_choice', 'only those tools are offered');
      return { tools: tools.filter((tool) => choice.names.includes(tool.name)), choice: undefined };
  }
}
