// Content blocks of a call, one small function per member of the union. Members of other names stay as they are,
// and a cache point becomes a hint on the block before it.
import type {
  AudioBlock,
  Block,
  CacheHint,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../canonical/blocks.ts';
import {
  arrayAt,
  objectAt,
  oneOf,
  optionalObject,
  optionalString,
  stringAt,
} from '../../canonical/field-checks.ts';
import { asArray, asObject, asString, type Json, type JsonObject, restOf } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeReasoning } from './decode-reasoning.ts';
import { documentType } from './formats.ts';
import { DIALECT } from './origin.ts';
import { memberOf } from './union-member.ts';

type DecodeBlock = (value: Json, at: string) => Block | undefined;

/** Undefined from a decoder: a form of it that only this dialect has. */
const decoders: Readonly<Record<string, DecodeBlock>> = {
  text: (value, at) => ({ type: 'text', text: stringAt(value, at) }),
  image: decodeImage,
  document: decodeDocument,
  audio: decodeAudio,
  toolUse: decodeToolUse,
  toolResult: decodeToolResult,
  reasoningContent: decodeReasoning,
  guardContent: decodeGuarded,
  citationsContent: decodeCited,
  json: (value) => ({ type: 'text', text: JSON.stringify(value) }),
};

export function decodeBlocks(value: Json | undefined, at: string): Block[] {
  const blocks: Block[] = [];
  for (const [i, item] of arrayAt(value, at).entries()) {
    const wire = objectAt(item, `${at}[${i}]`);
    const member = memberOf(wire, `${at}[${i}]`);
    const place = `${at}[${i}].${member.name}`;
    const last = blocks[blocks.length - 1];
    if (member.name !== 'cachePoint') blocks.push(decodeBlock(member.name, member.value, place));
    else if (last !== undefined && takesHint(last)) {
      blocks[blocks.length - 1] = { ...last, cache: decodeCachePoint(member.value, place) };
    } else blocks.push({ type: 'raw', origin: DIALECT, value: wire });
  }
  return blocks;
}

function decodeBlock(name: string, value: Json, at: string): Block {
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  return decode?.(value, at) ?? { type: 'raw', origin: DIALECT, value: { [name]: value } };
}

type Hinted = Extract<Block, { cache?: CacheHint }>;

const hinted: ReadonlySet<Block['type']> = new Set(['text', 'image', 'document', 'tool_call', 'tool_result']);

function takesHint(block: Block): block is Hinted {
  return hinted.has(block.type) && (block as Hinted).cache === undefined;
}

export function decodeCachePoint(value: Json, at: string): CacheHint {
  const point = objectAt(value, at);
  oneOf(point.type, ['default'], `${at}.type`);
  if (point.ttl === undefined || point.ttl === null) return {};
  return { ttl: oneOf(point.ttl, ['5m', '1h'], `${at}.ttl`) };
}

const MEDIA = new Set(['format', 'source', 'name']);

function decodeImage(value: Json, at: string): ImageBlock | undefined {
  const image = objectAt(value, at);
  const source = decodeSource(image, at, (format) => `image/${format}`);
  if (source === undefined) return undefined;
  return given<ImageBlock>({
    type: 'image',
    source,
    cache: undefined,
    detail: undefined,
    extras: restOf(image, MEDIA),
  });
}

function decodeDocument(value: Json, at: string): DocumentBlock | undefined {
  const wire = objectAt(value, at);
  const source = decodeSource(wire, at, documentType);
  if (source === undefined) return undefined;
  return given<DocumentBlock>({
    type: 'document',
    source,
    name: optionalString(wire.name, `${at}.name`),
    cache: undefined,
    extras: restOf(wire, MEDIA),
  });
}

/** Undefined when it is of a kind or in a place that only this dialect has. */
function decodeSource(
  wire: JsonObject,
  at: string,
  typeOf: (format: string) => string | undefined,
): MediaSource | undefined {
  const source = objectAt(wire.source, `${at}.source`);
  const { name, value } = memberOf(source, `${at}.source`);
  if (name === 'text') return { kind: 'text', text: stringAt(value, `${at}.source.text`) };
  const mediaType = typeOf(optionalString(wire.format, `${at}.format`) ?? '');
  if (name !== 'bytes' || mediaType === undefined) return undefined;
  return { kind: 'base64', mediaType, data: stringAt(value, `${at}.source.bytes`) };
}

function decodeAudio(value: Json, at: string): AudioBlock | undefined {
  const audio = objectAt(value, at);
  const data = asString(objectAt(audio.source, `${at}.source`).bytes);
  if (data === undefined) return undefined;
  return { type: 'audio', data, format: stringAt(audio.format, `${at}.format`) };
}

const TOOL_USE = new Set(['toolUseId', 'name', 'input']);

/** With a type it is a call of a tool that the service runs itself. */
function decodeToolUse(value: Json, at: string): ToolCallBlock | undefined {
  const use = objectAt(value, at);
  if (use.type !== undefined && use.type !== null) return undefined;
  return given<ToolCallBlock>({
    type: 'tool_call',
    id: stringAt(use.toolUseId, `${at}.toolUseId`),
    name: stringAt(use.name, `${at}.name`),
    input: JSON.stringify(optionalObject(use.input, `${at}.input`) ?? {}),
    cache: undefined,
    custom: undefined,
    sealed: undefined,
    extras: restOf(use, TOOL_USE),
  });
}

const TOOL_RESULT = new Set(['toolUseId', 'content', 'status']);

function decodeToolResult(value: Json, at: string): ToolResultBlock | undefined {
  const result = objectAt(value, at);
  if (result.type !== undefined && result.type !== null) return undefined;
  const status =
    result.status === undefined || result.status === null
      ? undefined
      : oneOf(result.status, ['success', 'error'], `${at}.status`);
  return given<ToolResultBlock>({
    type: 'tool_result',
    callId: stringAt(result.toolUseId, `${at}.toolUseId`),
    content: decodeBlocks(result.content ?? [], `${at}.content`),
    isError: status === undefined ? undefined : status === 'error',
    cache: undefined,
    extras: restOf(result, TOOL_RESULT),
  });
}

/** Text that guardrails look at: text to everybody else. */
function decodeGuarded(value: Json, at: string): TextBlock | undefined {
  const text = asString(asObject(objectAt(value, at).text)?.text);
  return text === undefined ? undefined : { type: 'text', text, extras: { guardContent: value } };
}

/** Text with its sources: the text alone to everybody else. */
function decodeCited(value: Json, at: string): TextBlock {
  const pieces = asArray(objectAt(value, at).content) ?? [];
  const text = pieces.map((piece) => asString(asObject(piece)?.text) ?? '').join('');
  return { type: 'text', text, extras: { citationsContent: value } };
}
