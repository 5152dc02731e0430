// Formats of images, documents and sound: a word here, a media type elsewhere.

const documentTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  html: 'text/html',
  txt: 'text/plain',
  md: 'text/markdown',
};

const documentFormats = new Map(Object.entries(documentTypes).map(([format, type]) => [type, format]));
const imageFormats: ReadonlySet<string> = new Set(['png', 'jpeg', 'gif', 'webp']);
const soundFormats: ReadonlySet<string> = new Set(
  'aac flac m4a mka mkv mp3 mp4 mpeg mpga ogg opus pcm wav webm xaac'.split(' '),
);

/** Undefined for formats that are news. */
export function documentType(format: string): string | undefined {
  return Object.hasOwn(documentTypes, format) ? documentTypes[format] : undefined;
}

/** Any text may go as plain text; undefined for what is no document here. */
export function documentFormat(mediaType: string): string | undefined {
  const type = bare(mediaType);
  const format = documentFormats.get(type);
  if (format !== undefined) return format;
  return type.startsWith('text/') || type === 'application/json' ? 'txt' : undefined;
}

export function imageFormat(mediaType: string): string | undefined {
  const [kind, name = ''] = bare(mediaType).split('/');
  const format = name === 'jpg' ? 'jpeg' : name;
  return kind === 'image' && imageFormats.has(format) ? format : undefined;
}

export function isSoundFormat(format: string): boolean {
  return soundFormats.has(format);
}

/** Without `; charset=utf-8` and the like. */
function bare(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}
