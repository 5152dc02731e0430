// What an address tells about the file behind it: whose it is, of what type, and who may have it read.
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import {
  type Closed,
  closedAddress,
  closedStore,
  findClosed,
  firstText,
  isInBucket,
  LIST_BUCKET,
  mayHaveKey,
  SHARE_FILES,
} from '../../canonical/shared-store.ts';

/** Who refers to a file must say what it is; its ending does, nearly always. */
const byEnding: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['html', 'text/html'],
  ['csv', 'text/csv'],
  ['xml', 'text/xml'],
]);

export function typeOf(url: string): string | undefined {
  const [path = ''] = url.split(/[?#]/);
  return byEnding.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase());
}

/** Kept by the vendor: of no use to anybody else. */
export function isOwnFile(uri: string): boolean {
  return (
    uri.startsWith('gs://') || uri.startsWith('files/') || /^https:\/\/[\w-]*generativelanguage\./.test(uri)
  );
}

const FILES = new Set(['fileUri', 'file_uri']);
const CACHES = new Set(['cachedContent', 'cached_content']);
const WEB = new Set(['http:', 'https:', 'data:']);
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

export function checkOpen(path: string, address: string, quirks: Quirks): void {
  if (!isOpen(address, quirks)) throw refusedAddress({ path, address });
}

export function refusedAddress(closed: Closed): Error {
  if (closed.path.startsWith('tools')) return closedStore(closed);
  return closedAddress(closed, closed.address.startsWith('gs:') ? LIST_BUCKET : SHARE_FILES);
}

/** What anybody can fetch is nobody's secret; of the rest, only what the operator has opened. */
function isOpen(address: string, { buckets, sharedFiles }: Quirks): boolean {
  if (isInBucket(address, 'gs', buckets)) return true;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'gs:') return false;
  const isPublic = url !== undefined && WEB.has(url.protocol) && !url.hostname.includes('generativelanguage');
  return isPublic || sharedFiles === true;
}
