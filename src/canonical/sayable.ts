// Blocks of other dialects that are not our own kinds but hold words for the model all the same (search
// results, documents made of text): those words, so that no part of a prompt goes missing.
import { asArray, asObject, asString, type Json } from './json.ts';

/** Undefined when there are no words in it, or more than words (images): those cannot be said here. */
export function sayable(value: Json): string | undefined {
  const block = asObject(value);
  if (block === undefined) return undefined;
  const content = asObject(block.source)?.content ?? asObject(block.source)?.data ?? block.content;
  const words = asString(block.tool_name) ?? textOf(content) ?? asString(block.text);
  if (words === undefined) return undefined;
  const heads = [asString(block.title), asString(block.source)].filter((head) => head !== undefined);
  return [...heads, words].join('\n\n');
}

function textOf(content: Json | undefined): string | undefined {
  if (typeof content === 'string') return content;
  const parts = asArray(content);
  if (parts === undefined || parts.length === 0) return undefined;
  const texts = parts.map((part) => asString(asObject(part)?.text));
  return texts.every((text) => text !== undefined) ? texts.join('\n\n') : undefined;
}
