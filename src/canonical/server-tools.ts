// Tools that a vendor runs itself: only the dialect they are written in can offer them.
import type { CallContent, ServerTool } from './content.ts';
import type { JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';
import { serverToolName } from './server-tool-name.ts';

/** Those of this dialect as they came; the others are named. */
export function ownTools(tools: readonly ServerTool[], dialect: string, ledger: Ledger): JsonObject[] {
  const own: JsonObject[] = [];
  for (const tool of tools) {
    if (tool.origin === dialect) own.push(tool.value);
    else ledger.dropped(`tools.${serverToolName(tool)}`, `only ${tool.origin} can run it`);
  }
  return own;
}

/** The name of a tool that only another vendor runs and that was to be used: without it the answer would be another one. */
export function lostChoice(
  { toolChoice: choice, tools, serverTools }: CallContent,
  dialect: string,
): string | undefined {
  if (choice?.mode !== 'tool' || tools.some((tool) => tool.name === choice.name)) return undefined;
  const lost = serverTools.some((tool) => tool.origin !== dialect && tool.value.name === choice.name);
  return lost ? choice.name : undefined;
}
