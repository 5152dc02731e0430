// Which of a body's fields name files and caches that the upstream would read with our rights.
import { isOpen } from '../../canonical/google-files.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { type Closed, findClosed, firstText, mayHaveKey } from '../../canonical/shared-store.ts';

const FILES = new Set(['fileUri', 'file_uri']);
const CACHES = new Set(['cachedContent', 'cached_content']);
/** Tools that search what lies in the account. */
const STORES = new Set(['retrieval', 'fileSearch', 'file_search']);
const KEYS = [...FILES, ...CACHES, ...STORES];
/** What tools of the caller's own are called and take can have any name. */
const DECLARATIONS = new Set(['functionDeclarations', 'function_declarations']);
/** Arguments and results of tools, and what describes them. */
const DATA = new Set(['args', 'response', 'tools']);

export function mayNameFiles(bytes: Buffer): boolean {
  return mayHaveKey(bytes, KEYS);
}

/** What a body names and the upstream would read with our rights, for whoever asks. */
export function closedIn(body: JsonObject, quirks: Quirks): Closed | undefined {
  const judge = (name: string, value: Json): string | undefined => {
    if (CACHES.has(name)) return quirks.sharedFiles === true ? undefined : String(value);
    return FILES.has(name) && typeof value === 'string' && !isOpen(value, quirks) ? value : undefined;
  };
  return findClosed(body, judge, DATA) ?? closedTool(body, quirks);
}

function closedTool({ tools }: JsonObject, { sharedFiles }: Quirks): Closed | undefined {
  if (sharedFiles === true) return undefined;
  const judge = (name: string, value: Json): string | undefined =>
    STORES.has(name) ? (firstText(value) ?? name) : undefined;
  return findClosed({ tools }, judge, DECLARATIONS);
}
