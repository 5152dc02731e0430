// Pictures here are bare base64: what kind they are is told by their first bytes alone.

const beginnings: readonly (readonly [base64: string, mediaType: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['Qk', 'image/bmp'],
];

/** Unknown beginnings are called PNG: a wrong name is found out by whoever reads the picture. */
export function mediaTypeOf(base64: string): string {
  return beginnings.find(([begin]) => base64.startsWith(begin))?.[1] ?? 'image/png';
}
