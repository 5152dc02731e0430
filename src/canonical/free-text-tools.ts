// Custom (free text) tools where only functions are known: a function that takes `{input}`. The name
// carries the mark, so that a reply can be unwrapped without knowing the call.
import type { Tool } from './content.ts';
import { asObject, asString, type Json, type JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';

const MARK = '__freetext';

export function wrapName(name: string): string {
  return `${name}${MARK}`;
}

/** The tool's own name, or undefined when this is no wrapped tool. */
export function unwrapName(name: string): string | undefined {
  return name.length > MARK.length && name.endsWith(MARK) ? name.slice(0, -MARK.length) : undefined;
}

export function wrapInput(input: string): { readonly input: string } {
  return { input };
}

/** The free text; what the model wrote as it stands when it is not `{input}`. */
export function unwrapInput(text: string): string {
  try {
    return asString(asObject(JSON.parse(text) as Json)?.input) ?? text;
  } catch {
    return text;
  }
}

export const wrappedSchema: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input of the tool, as free text.' } },
  required: ['input'],
  additionalProperties: false,
};

/** What such a function loses: a grammar, if the tool had one. */
export function noteWrapping(tool: Tool, ledger: Ledger): void {
  const grammar = asObject(tool.custom?.format)?.type ?? 'text';
  if (grammar === 'text') ledger.mapped(`tools.${tool.name}`, 'goes as a function');
  else ledger.approximated(`tools.${tool.name}`, 'goes as a function, its grammar unchecked');
}
