// Content parts of Chat messages to blocks. Parts we do not know are kept for the same dialect.
import type { Block, DocumentBlock, ImageBlock, TextBlock } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { type Fields, wrongType } from '../../canonical/fields.ts';
import { isArray } from '../../canonical/json.ts';
import { cacheFields, decodeCache, fileData, urlSource } from '../../canonical/media-fields.ts';
import { given } from '../../lib/given.ts';
import { origin } from './reply-parts.ts';
import { partText } from './thinking.ts';

/** A message's `content`: a string or a list of parts. Empty text makes no block. */
export function decodeContent(message: Fields): Block[] {
  const content = message.get('content');
  if (content === undefined) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!isArray(content)) throw wrongType(message.at('content'), 'a string or a list of parts', content);
  return (message.objects('content') ?? []).map(decodePart).filter((block) => !isEmpty(block));
}

function isEmpty(block: Block): boolean {
  return block.type === 'text' && block.text === '' && block.cache === undefined;
}

function decodePart(part: Fields): Block {
  const type = part.requireString('type');
  const decode = decoders.get(type);
  return decode === undefined ? { type: 'raw', origin, value: part.value } : decode(part);
}

const decoders: ReadonlyMap<string, (part: Fields) => Block> = new Map<string, (part: Fields) => Block>([
  ['text', decodeText],
  ['image_url', decodeImage],
  ['input_audio', decodeAudio],
  ['file', decodeFile],
  ['refusal', (part) => ({ type: 'refusal', text: part.requireString('refusal') })],
  ['thinking', (part) => ({ type: 'reasoning', text: partText(part.get('thinking')) })],
]);

const inText = new Set(['type', 'text', ...cacheFields]);
const inImage = new Set(['type', 'image_url', ...cacheFields]);
const inFile = new Set(['type', 'file', ...cacheFields]);

function decodeText(part: Fields): Block {
  return given<TextBlock>({
    type: 'text',
    text: part.requireString('text'),
    cache: decodeCache(part),
    extras: part.rest(inText),
  });
}

/** The URL stands in an object; some clients send it bare. */
function decodeImage(part: Fields): Block {
  const bare = part.get('image_url');
  const image = typeof bare === 'string' ? undefined : part.requireObject('image_url');
  const url = typeof bare === 'string' ? bare : image?.requireString('url');
  const path = image === undefined ? part.at('image_url') : image.at('url');
  return given<ImageBlock>({
    type: 'image',
    source: urlSource(url ?? '', path),
    detail: image?.string('detail'),
    cache: decodeCache(part),
    extras: part.restWithin(inImage, 'image_url', new Set(['url', 'detail'])),
  });
}

function decodeAudio(part: Fields): Block {
  const audio = part.requireObject('input_audio');
  return { type: 'audio', data: audio.requireString('data'), format: audio.requireString('format') };
}

function decodeFile(part: Fields): Block {
  const file = part.requireObject('file');
  const id = file.string('file_id');
  const data = file.string('file_data');
  if (id === undefined && data === undefined) {
    throw new GatewayError('bad_request', `\`${file.path}\` names no file.`, {
      param: file.path,
      remedy: 'Send `file_data` as a data URL, or `file_id`.',
    });
  }
  return given<DocumentBlock>({
    type: 'document',
    source: id === undefined ? fileData(data ?? '', file) : { kind: 'file', id },
    name: file.string('filename'),
    cache: decodeCache(part),
    extras: part.restWithin(inFile, 'file', new Set(['file_id', 'file_data', 'filename'])),
  });
}
