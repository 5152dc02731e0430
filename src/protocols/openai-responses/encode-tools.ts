// Tools and the choice among them. Namespaces are put together again for an upstream that knows them; for
// others their tools keep the flat names, and free text goes as a function.

import type { CallContent, Tool, ToolChoice } from '../../canonical/content.ts';
import { noteWrapping, wrapName, wrappedSchema } from '../../canonical/free-text-tools.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { noteLostCache } from '../../canonical/media-fields.ts';
import { ownExtras, type Scribe } from '../../canonical/scribe.ts';
import { ownTools } from '../../canonical/server-tools.ts';
import { honouredChoice, toolboxFields } from '../../canonical/tool-choice.ts';
import { toolName } from '../../canonical/tool-names.ts';
import { DIALECT } from './origin.ts';

export function encodeToolbox(content: CallContent, scribe: Scribe): JsonObject {
  const { choice, tools } = honouredChoice(content, scribe);
  const wire = [...encodeTools(tools, scribe), ...ownTools(content.serverTools, DIALECT, scribe.ledger)];
  return toolboxFields(
    wire,
    choice,
    content.parallelToolCalls,
    (one) => encodeChoice(one, tools, scribe),
    scribe.ledger,
  );
}

/** A namespace stands where its first tool does. */
function encodeTools(tools: readonly Tool[], scribe: Scribe): JsonObject[] {
  const wire: JsonObject[] = [];
  const groups = new Map<string, JsonObject[]>();
  for (const tool of tools) {
    const { namespace } = tool;
    if (namespace === undefined || !takesFreely(scribe)) {
      wire.push(encodeTool(tool, tool.name, tool.description, scribe));
      continue;
    }
    const own = asString(tool.trace?.description);
    let group = groups.get(namespace.name);
    if (group === undefined) {
      group = [];
      groups.set(namespace.name, group);
      wire.push({
        type: 'namespace',
        name: namespace.name,
        ...asObject(tool.trace?.namespace),
        tools: group,
      });
    }
    group.push(encodeTool(tool, namespace.tool, own, scribe));
  }
  return wire;
}

/** Does the upstream know more than functions? */
function takesFreely(scribe: Scribe): boolean {
  return scribe.quirks.customTools !== false;
}

function encodeTool(tool: Tool, name: string, about: string | undefined, scribe: Scribe): JsonObject {
  const path = `tools.${tool.name}`;
  const extras = ownExtras(tool.extras, path, scribe);
  noteLostCache(tool.cache, scribe);
  const description = about === undefined ? {} : { description: about };
  if (tool.custom !== undefined && takesFreely(scribe)) {
    return { type: 'custom', name, ...description, ...tool.custom, ...extras };
  }
  if (tool.custom !== undefined) {
    noteWrapping(tool, scribe.ledger);
    return {
      type: 'function',
      name: wrapName(name),
      ...description,
      parameters: wrappedSchema,
      strict: false,
      ...extras,
    };
  }
  return {
    type: 'function',
    name: toolName(name, path, scribe.quirks),
    ...description,
    parameters: tool.schema,
    ...strictness(tool, scribe),
    ...extras,
  };
}

/** Here a schema is enforced, and rewritten for that, unless the call says no; elsewhere unless it says yes. */
function strictness(tool: Tool, scribe: Scribe): JsonObject {
  if (tool.strict !== undefined) return { strict: tool.strict };
  return scribe.native ? {} : { strict: false };
}

function encodeChoice(choice: ToolChoice, tools: readonly Tool[], scribe: Scribe): Json {
  switch (choice.mode) {
    case 'tool':
      return reference(choice.name, tools, scribe);
    case 'allowed': {
      const mode = choice.required ? 'required' : 'auto';
      return {
        type: 'allowed_tools',
        mode,
        tools: choice.names.map((name) => reference(name, tools, scribe)),
      };
    }
    default:
      return choice.mode;
  }
}

function reference(name: string, tools: readonly Tool[], scribe: Scribe): JsonObject {
  const tool = tools.find((one) => one.name === name);
  const custom = tool?.custom !== undefined;
  if (!takesFreely(scribe)) return { type: 'function', name: custom ? wrapName(name) : name };
  const { namespace } = tool ?? {};
  const place = namespace === undefined ? { name } : { namespace: namespace.name, name: namespace.tool };
  return { type: custom ? 'custom' : 'function', ...place };
}
