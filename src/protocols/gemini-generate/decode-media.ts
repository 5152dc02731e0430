// Data and addresses of files to blocks: pictures, sound and documents; anything else stays as it is.
import type { AudioBlock, Block, DocumentBlock, ImageBlock, MediaSource } from '../../canonical/blocks.ts';
import { isOwnFile, typeOf } from '../../canonical/google-files.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import type { Fields } from './fields.ts';
import { DIALECT } from './origin.ts';

const IN_DATA = new Set(['mimeType', 'data', 'displayName']);
const IN_FILE = new Set(['mimeType', 'fileUri', 'displayName']);

/** OpenAI's words, which are what the house calls formats by. */
const formats: ReadonlyMap<string, string> = new Map([
  ['mpeg', 'mp3'],
  ['mpga', 'mp3'],
  ['x-wav', 'wav'],
  ['wave', 'wav'],
]);

/** `extras`: what stands beside the data in its part. */
export function decodeData(data: Fields, part: Fields, extras: JsonObject | undefined): Block {
  const mediaType = data.requireString('mimeType').toLowerCase();
  const source: MediaSource = { kind: 'base64', mediaType, data: data.requireString('data') };
  const [kind = '', subtype = ''] = mediaType.split(';')[0]?.split('/') ?? [];
  const more = within(extras, 'inlineData', data.rest(IN_DATA));
  if (kind === 'audio' && more === undefined) {
    const format = formats.get(subtype) ?? subtype;
    return { type: 'audio', data: source.data, format } satisfies AudioBlock;
  }
  if (kind === 'audio' || kind === 'video') return { type: 'raw', origin: DIALECT, value: part.value };
  return mediaBlock(kind, source, data.string('displayName'), more);
}

export function decodeFile(file: Fields, part: Fields, extras: JsonObject | undefined): Block {
  const uri = file.requireString('fileUri');
  const mediaType = file.string('mimeType')?.toLowerCase();
  const kind = mediaType?.split('/')[0] ?? '';
  if (kind === '' || kind === 'audio' || kind === 'video') {
    return { type: 'raw', origin: DIALECT, value: part.value };
  }
  const source: MediaSource = isOwnFile(uri) ? { kind: 'file', id: uri } : { kind: 'url', url: uri };
  // The type of what an address leads to is said nowhere else, unless its ending tells.
  const type = typeOf(uri) === mediaType ? undefined : { mimeType: mediaType };
  const rest = file.rest(IN_FILE);
  const inner = type === undefined && rest === undefined ? undefined : { ...type, ...rest };
  const more = within(extras, 'fileData', inner);
  return mediaBlock(kind, source, file.string('displayName'), more);
}

function mediaBlock(
  kind: string,
  source: MediaSource,
  name: string | undefined,
  extras: JsonObject | undefined,
): Block {
  if (kind !== 'image')
    return given<DocumentBlock>({ type: 'document', source, name, cache: undefined, extras });
  const named = name === undefined ? undefined : { displayName: name };
  const rest = named === undefined ? extras : { ...extras, ...named };
  return given<ImageBlock>({ type: 'image', source, detail: undefined, cache: undefined, extras: rest });
}

function within(
  extras: JsonObject | undefined,
  name: string,
  inner: JsonObject | undefined,
): JsonObject | undefined {
  return inner === undefined ? extras : { ...extras, [name]: inner };
}
