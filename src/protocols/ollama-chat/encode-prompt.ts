// A bare prompt, or one that was asked of /api/generate, to the fields of /api/generate.
import type { Block } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { addPart, newParts, type Scribe, textOf } from './encode-parts.ts';
import { DIALECT } from './origin.ts';

/**
 * Other dialects' prompts are bare: no template of the model may be put around them, unless it must, because
 * there is a gap to fill or a system prompt.
 */
export function encodePrompt(content: CallContent, scribe: Scribe): JsonObject {
  const blocks = content.messages.flatMap((message, at) =>
    message.blocks.map((block, inside) => [block, `messages[${at}].content[${inside}]`] as const),
  );
  const parts = newParts();
  const own: Record<string, Json> = {};
  for (const [block, path] of blocks) {
    const field = ownField(block);
    if (field === undefined) addPart(parts, block, path, scribe);
    else Object.assign(own, field);
  }
  const system = newParts();
  for (const [at, block] of content.system.entries()) addPart(system, block, `system[${at}]`, scribe);
  const instructions = textOf(system, 'system', '\n\n', scribe);
  const bare = !scribe.native && instructions === '' && own.suffix === undefined;
  return {
    prompt: textOf(parts, 'prompt', '', scribe),
    ...(instructions === '' ? {} : { system: instructions }),
    ...(parts.images.length === 0 ? {} : { images: parts.images }),
    ...(bare ? { raw: true } : {}),
    ...own,
  };
}

/** Tokens of a conversation, the text behind a gap: fields of this dialect in the place of blocks. */
function ownField(block: Block): JsonObject | undefined {
  const value = block.type === 'raw' && block.origin === DIALECT ? asObject(block.value) : undefined;
  const { type: _, ...field } = value ?? {};
  return value === undefined ? undefined : field;
}
