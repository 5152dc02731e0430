// A bare prompt, or one that was asked of /api/generate, to the fields of /api/generate.
import type { Block } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Scribe } from '../../canonical/scribe.ts';
import { addPart, newParts, type Parts, textOf } from './encode-parts.ts';

/** Other dialects' prompts are bare: no template may be put around them, unless a system prompt needs its place. */
export function encodePrompt(content: CallContent, scribe: Scribe): JsonObject {
  const blocks = content.messages.flatMap((message) => message.blocks);
  const parts = gather(blocks, 'prompt', scribe);
  const system = textOf(gather(content.system, 'system', scribe), 'system', '\n\n', scribe);
  return {
    prompt: textOf(parts, 'prompt', '', scribe),
    ...(system === '' ? {} : { system }),
    ...(parts.images.length === 0 ? {} : { images: parts.images }),
    ...(scribe.native || system !== '' ? {} : { raw: true }),
  };
}

function gather(blocks: readonly Block[], path: string, scribe: Scribe): Parts {
  const parts = newParts();
  for (const [at, block] of blocks.entries()) addPart(parts, block, `${path}[${at}]`, scribe);
  return parts;
}
