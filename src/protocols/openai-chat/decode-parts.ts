// Content parts of Chat messages to blocks. Parts we do not know are kept for the same dialect.
import type {
  Block,
  CacheHint,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  TextBlock,
} from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isArray, type Json } from '../../canonical/json.ts';
import { parseDataUrl } from '../../lib/data-url.ts';
import { given } from '../../lib/given.ts';
import { Fields, wrongType } from './fields.ts';
import { origin } from './reply-parts.ts';
import { partText } from './thinking.ts';

/** Where a wish to cache may stand, on parts and tools. */
export const cacheFields = ['cache_control', 'prompt_cache_breakpoint'] as const;

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
    source: decodeUrl(url ?? '', path),
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
    source: id === undefined ? fileSource(data ?? '', file) : { kind: 'file', id },
    name: file.string('filename'),
    cache: decodeCache(part),
    extras: part.restWithin(inFile, 'file', new Set(['file_id', 'file_data', 'filename'])),
  });
}

const typesByEnding: ReadonlyMap<string, string> = new Map([
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['xml', 'text/xml'],
  ['json', 'application/json'],
]);

/** Bare base64 is a PDF unless the file's name says otherwise: clients leave the data URL's head out. */
function fileSource(data: string, file: Fields): MediaSource {
  if (data.startsWith('data:') || data.startsWith('http')) return decodeUrl(data, file.at('file_data'));
  const name = file.string('filename') ?? '';
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return { kind: 'base64', mediaType: typesByEnding.get(ending) ?? 'application/pdf', data };
}

function decodeUrl(url: string, path: string): MediaSource {
  const parsed = parseDataUrl(url);
  if (parsed === undefined) return { kind: 'url', url };
  // Clients make the type of the file's ending.
  const wrong = parsed !== 'broken' && parsed.mediaType === 'image/jpg';
  if (wrong) return { kind: 'base64', mediaType: 'image/jpeg', data: parsed.data };
  if (parsed !== 'broken') return { kind: 'base64', ...parsed };
  throw new GatewayError('bad_request', `\`${path}\` is a data URL without readable data.`, {
    param: path,
    remedy: 'Send data:<media type>;base64,<data>.',
  });
}

/** OpenAI's breakpoint, or Anthropic's `cache_control` as OpenRouter and LiteLLM let Chat callers send it. */
export function decodeCache(part: Fields): CacheHint | undefined {
  if (part.has('prompt_cache_breakpoint')) return {};
  const control = part.get('cache_control');
  if (control === undefined) return undefined;
  const ttl = ttlOf(control);
  return ttl === undefined ? {} : { ttl };
}

function ttlOf(control: Json): '5m' | '1h' | undefined {
  const ttl = typeof control === 'object' ? new Fields({ control }).object('control')?.get('ttl') : undefined;
  return ttl === '5m' || ttl === '1h' ? ttl : undefined;
}
