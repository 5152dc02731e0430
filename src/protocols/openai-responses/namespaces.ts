// Tools in namespaces, as Codex groups them, under one flat name each: group and tool joined. The call knows
// which flat name came from where, so a reply finds its way back.
import type { Namespace, Tool } from '../../canonical/content.ts';
import { hexDigest } from '../../lib/digest.ts';

const JOINT = '__';
/** The strictest dialect takes so many letters. */
const MOST = 64;
const DIGEST = 8;

/** Always the same for the same two; a name that would be too long ends in a digest of it. */
export function flatName(namespace: string, tool: string): string {
  const joint = namespace.endsWith(JOINT) ? '' : JOINT;
  const flat = namespace + joint + tool;
  return flat.length <= MOST
    ? flat
    : `${flat.slice(0, MOST - DIGEST - 1)}_${hexDigest(flat).slice(0, DIGEST)}`;
}

/** The namespaces of a call's tools by their flat names. */
export function namespacesOf(tools: readonly Tool[]): ReadonlyMap<string, Namespace> {
  const found = new Map<string, Namespace>();
  for (const tool of tools) if (tool.namespace !== undefined) found.set(tool.name, tool.namespace);
  return found;
}
