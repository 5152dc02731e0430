// What an address tells Google about the file behind it: whose it is, of what type, and who may have it read.
import type { Quirks } from './provider.ts';
import {
  type Closed,
  closedAddress,
  closedStore,
  isInBucket,
  LIST_BUCKET,
  SHARE_FILES,
} from './shared-store.ts';

const WEB = new Set(['http:', 'https:', 'data:']);

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

export function checkOpen(path: string, address: string, quirks: Quirks): void {
  if (!isOpen(address, quirks)) throw refusedAddress({ path, address });
}

export function refusedAddress(closed: Closed): Error {
  if (closed.path.startsWith('tools')) return closedStore(closed);
  return closedAddress(closed, closed.address.startsWith('gs:') ? LIST_BUCKET : SHARE_FILES);
}

/** What anybody can fetch is nobody's secret; of the rest, only what the operator has opened. */
export function isOpen(address: string, { buckets, sharedFiles }: Quirks): boolean {
  if (isInBucket(address, 'gs', buckets)) return true;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'gs:') return false;
  const isPublic = url !== undefined && WEB.has(url.protocol) && !url.hostname.includes('generativelanguage');
  return isPublic || sharedFiles === true;
}
