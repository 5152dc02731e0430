// Tools and the choice among them as Google's dialects have them in common.
import type { CallContent, Tool, ToolChoice } from './content.ts';
import { GatewayError } from './errors.ts';
import { wireName } from './gemini-names.ts';
import { asObject, asString } from './json.ts';
import type { Ledger } from './ledger.ts';

interface Place {
  readonly ledger: Ledger;
  readonly native: boolean;
}

/** A tool that only its vendor runs was to be used: without it the answer would be another one. */
export function refuseLostChoice(
  { toolChoice: choice, tools, serverTools }: CallContent,
  dialect: string,
): void {
  if (choice?.mode !== 'tool' || tools.some((tool) => tool.name === choice.name)) return;
  if (!serverTools.some((tool) => tool.origin !== dialect && tool.value.name === choice.name)) return;
  throw new GatewayError(
    'unsupported',
    `The chosen model takes no tool "${choice.name}" (\`tool_choice\`).`,
    {
      param: 'tool_choice',
      remedy: 'Choose one of your own tools, or none.',
    },
  );
}

/** Names can be allowed only where some tool must be used: elsewhere the others are not offered. */
export function offeredTools(content: CallContent, { ledger, native }: Place): readonly Tool[] {
  const { tools, toolChoice: choice } = content;
  if (choice?.mode !== 'allowed' || choice.required || native) return tools;
  ledger.mapped('tool_choice', 'tools that are not allowed were left out');
  return tools.filter((tool) => choice.names.includes(tool.name));
}

/** The grammar of a free-text tool cannot be enforced here; the model can still be told of it. */
export function describeFreeText(tool: Tool, ledger: Ledger): string | undefined {
  const format = asObject(tool.custom?.format);
  if (format === undefined || format.type !== 'grammar') {
    ledger.mapped('tools.custom', 'free text travels in a field of its own');
    return tool.description;
  }
  ledger.approximated('tools.custom', 'the grammar became part of the description');
  const grammar =
    asString(format.definition) ?? asString(asObject(format.grammar)?.definition) ?? JSON.stringify(format);
  return `${tool.description ?? ''}\n\nThe input must match this grammar:\n${grammar}`.trim();
}

export function wireNameOf(name: string, tools: readonly Tool[]): string {
  return wireName(name, tools.find((tool) => tool.name === name)?.custom !== undefined);
}

export function isForced(choice: ToolChoice): boolean {
  return (
    choice.mode === 'required' || choice.mode === 'tool' || (choice.mode === 'allowed' && choice.required)
  );
}
