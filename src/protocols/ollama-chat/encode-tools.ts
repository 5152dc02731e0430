// Tools of a call. Ollama has no choice among them: what must not be chosen is not offered, which is the nearest
// it can do, and that the model must call one cannot be said.

import type { CallContent, Tool } from '../../canonical/content.ts';
import { noteWrapping, wrapName, wrappedSchema } from '../../canonical/free-text-tools.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { ownExtras, refused, restored, type Scribe } from '../../canonical/scribe.ts';
import { lostChoice, ownTools } from '../../canonical/server-tools.ts';
import { honouredChoice } from '../../canonical/tool-choice.ts';
import { noteLostCache } from './encode-parts.ts';
import { DIALECT } from './origin.ts';

const ignoresChoice: Quirks = { toolChoice: 'none' };

export function encodeTools(content: CallContent, scribe: Scribe): JsonObject {
  const lost = lostChoice(content, DIALECT);
  if (lost !== undefined) {
    throw refused('tool_choice', `the tool "${lost}"`, 'Choose one of your own tools, or none.');
  }
  const { tools: offered } = honouredChoice(content, { ledger: scribe.ledger, quirks: ignoresChoice });
  const tools = [
    ...offered.map((tool) => encodeTool(tool, scribe)),
    ...ownTools(content.serverTools, DIALECT, scribe.ledger),
  ];
  return tools.length === 0 ? {} : { tools };
}

function encodeTool(tool: Tool, scribe: Scribe): JsonObject {
  noteLostCache(tool.cache, scribe);
  const extras = ownExtras(tool.extras, `tools.${tool.name}`, scribe);
  if (tool.custom !== undefined) noteWrapping(tool, scribe.ledger);
  else if (tool.strict === true) {
    scribe.ledger.dropped(`tools.${tool.name}.strict`, 'the engine does not enforce the schema of a tool');
  }
  const description = tool.description === undefined ? {} : { description: tool.description };
  const called: JsonObject =
    tool.custom === undefined
      ? { name: tool.name, ...description, parameters: tool.schema }
      : { name: wrapName(tool.name), ...description, parameters: wrappedSchema };
  return restored({ type: 'function', function: called }, extras);
}
