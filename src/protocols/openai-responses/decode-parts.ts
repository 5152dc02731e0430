// Content parts of items to blocks. Parts we do not know are kept for the same dialect.
import type { Block, DocumentBlock, ImageBlock, MediaSource, TextBlock } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { type Fields, wrongType } from '../../canonical/fields.ts';
import { asArray, asObject, asString, isArray, type Json, type JsonObject } from '../../canonical/json.ts';
import { cacheFields, decodeCache, fileData, urlSource } from '../../canonical/media-fields.ts';
import { given } from '../../lib/given.ts';
import { DIALECT } from './origin.ts';

/** A string or a list of parts. Empty text makes no block. */
export function decodeContent(item: Fields, name = 'content'): Block[] {
  const content = item.get(name);
  if (content === undefined) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!isArray(content)) throw wrongType(item.at(name), 'a string or a list of parts', content);
  return (item.objects(name) ?? []).map(decodePart).filter((block) => !isEmpty(block));
}

function isEmpty(block: Block): boolean {
  return block.type === 'text' && block.text === '' && block.cache === undefined;
}

/** The texts of a list of parts, a blank line between two. */
export function textsOf(item: Fields, name: string): string {
  const parts = item.get(name);
  if (parts !== undefined && !isArray(parts)) throw wrongType(item.at(name), 'a list of parts', parts);
  return joinedTexts(parts);
}

export function joinedTexts(parts: Json | undefined): string {
  const texts = (asArray(parts) ?? []).map((part) => asString(asObject(part)?.text) ?? '');
  return texts.filter((text) => text !== '').join('\n\n');
}

function decodePart(part: Fields): Block {
  const type = part.requireString('type');
  const decode = decoders.get(type);
  return decode === undefined ? { type: 'raw', origin: DIALECT, value: part.value } : decode(part);
}

const decoders: ReadonlyMap<string, (part: Fields) => Block> = new Map<string, (part: Fields) => Block>([
  ['input_text', decodeText],
  ['output_text', decodeText],
  ['text', decodeText],
  ['input_image', decodeImage],
  ['computer_screenshot', decodeImage],
  ['input_file', decodeFile],
  ['input_audio', decodeAudio],
  ['refusal', (part) => ({ type: 'refusal', text: part.requireString('refusal') })],
]);

const inText = new Set(['type', 'text', 'annotations', 'logprobs', ...cacheFields]);
const inImage = new Set(['type', 'image_url', 'file_id', 'detail', ...cacheFields]);
const inFile = new Set(['type', 'file_id', 'file_data', 'file_url', 'filename', ...cacheFields]);

function decodeText(part: Fields): Block {
  const annotations = asArray(part.get('annotations')) ?? [];
  const rest: JsonObject = { ...part.rest(inText), ...(annotations.length === 0 ? {} : { annotations }) };
  const logprobs = asArray(part.get('logprobs')) ?? [];
  return given<TextBlock>({
    type: 'text',
    text: part.requireString('text'),
    cache: decodeCache(part),
    extras: Object.keys(rest).length === 0 ? undefined : rest,
    trace: logprobs.length === 0 ? undefined : { logprobs },
  });
}

/** The URL stands bare here; clients that know Chat put it into an object. */
function decodeImage(part: Fields): Block {
  const wire = part.get('image_url');
  const url = asString(wire) ?? asString(asObject(wire)?.url);
  const id = part.string('file_id');
  return given<ImageBlock>({
    type: 'image',
    source: url === undefined ? fileId(id, part) : urlSource(url, part.at('image_url')),
    detail: part.string('detail') ?? asString(asObject(wire)?.detail),
    cache: decodeCache(part),
    extras: part.rest(inImage),
    trace: undefined,
  });
}

function fileId(id: string | undefined, part: Fields): MediaSource {
  if (id !== undefined) return { kind: 'file', id };
  throw new GatewayError('bad_request', `\`${part.path}\` has neither an image nor a file.`, {
    param: part.path,
    remedy: 'Send `image_url` with an address or a data URL.',
  });
}

function decodeFile(part: Fields): Block {
  return given<DocumentBlock>({
    type: 'document',
    source: fileSource(part),
    name: part.string('filename'),
    cache: decodeCache(part),
    extras: part.rest(inFile),
    trace: undefined,
  });
}

function fileSource(part: Fields): MediaSource {
  const data = part.string('file_data');
  const url = part.string('file_url');
  const id = part.string('file_id');
  if (data !== undefined) return fileData(data, part);
  if (url !== undefined) return urlSource(url, part.at('file_url'));
  if (id !== undefined) return { kind: 'file', id };
  throw new GatewayError('bad_request', `\`${part.path}\` names no file.`, {
    param: part.path,
    remedy: 'Send `file_data` as a data URL, `file_url` or `file_id`.',
  });
}

function decodeAudio(part: Fields): Block {
  const audio = part.object('input_audio') ?? part;
  return { type: 'audio', data: audio.requireString('data'), format: audio.requireString('format') };
}
