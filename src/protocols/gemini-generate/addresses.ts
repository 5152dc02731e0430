// What an address tells about the file behind it: whose it is, and of what type.

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
