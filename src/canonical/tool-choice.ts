// The choice among tools as OpenAI's dialects write it, and where an engine ignores it: what can be done without a word
// from the engine.
import type { CallContent, Tool, ToolChoice } from './content.ts';
import type { Json, JsonObject } from './json.ts';
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

/** `tools`, `tool_choice` and `parallel_tool_calls`; none of the latter two without the first. */
export function toolboxFields(
  tools: readonly JsonObject[],
  choice: ToolChoice | undefined,
  parallel: boolean | undefined,
  encodeChoice: (choice: ToolChoice) => Json,
  ledger: Ledger,
): JsonObject {
  if (tools.length > 0) {
    return {
      tools,
      ...(choice === undefined ? {} : { tool_choice: encodeChoice(choice) }),
      ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
    };
  }
  if (choice !== undefined && choice.mode !== 'auto' && choice.mode !== 'none') {
    ledger.dropped('tool_choice', 'there are no tools to choose from');
  }
  return {};
}
