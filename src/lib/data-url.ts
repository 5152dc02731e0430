// `data:` URLs: content in the place of an address.

export interface DataUrl {
  readonly mediaType: string;
  /** Base64, however it was written. */
  readonly data: string;
}

/** Undefined for other URLs; `broken` when the URL promises data and has none that can be read. */
export function parseDataUrl(url: string): DataUrl | 'broken' | undefined {
  if (!url.startsWith('data:')) return undefined;
  const comma = url.indexOf(',');
  if (comma < 0) return 'broken';
  const [mediaType = '', ...flags] = url.slice('data:'.length, comma).split(';');
  const written = url.slice(comma + 1);
  const data = flags.includes('base64') ? written : plainToBase64(written);
  if (data === undefined) return 'broken';
  return { mediaType: mediaType === '' ? 'text/plain' : mediaType, data };
}

export function dataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}

function plainToBase64(text: string): string | undefined {
  try {
    return Buffer.from(decodeURIComponent(text)).toString('base64');
  } catch {
    return undefined;
  }
}
