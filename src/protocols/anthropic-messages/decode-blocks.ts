// Content blocks of a call, one small function per type. Blocks of other types stay as they are.

import { isBillingNote } from '../../canonical/billing-note.ts';
import type {
  Block,
  CacheHint,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../canonical/blocks.ts';
import {
  arrayAt,
  objectAt,
  oneOf,
  optionalBoolean,
  optionalObject,
  optionalString,
  refuse,
  stringAt,
} from '../../canonical/field-checks.ts';
import { isObject, type Json, type JsonObject, restOf } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { DIALECT, VENDOR } from './origin.ts';

/** A string, or a list of blocks. */
export function decodeContent(value: Json | undefined, at: string): Block[] {
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  if (!Array.isArray(value)) refuse(at, 'a string or an array of content blocks');
  return arrayAt(value, at).map((block, i) => decodeBlock(objectAt(block, `${at}[${i}]`), `${at}[${i}]`));
}

type DecodeBlock = (block: JsonObject, at: string) => Block;

const decoders: Readonly<Record<string, DecodeBlock>> = {
  text: decodeText,
  image: decodeImage,
  document: decodeDocument,
  thinking: decodeThinking,
  redacted_thinking: decodeRedacted,
  tool_use: decodeToolUse,
  tool_result: decodeToolResult,
};

function decodeBlock(block: JsonObject, at: string): Block {
  const type = stringAt(block.type, `${at}.type`);
  const decode = Object.hasOwn(decoders, type) ? decoders[type] : undefined;
  return decode === undefined ? { type: 'raw', origin: DIALECT, value: block } : decode(block, at);
}

export function decodeCacheHint(block: JsonObject, at: string): CacheHint | undefined {
  const control = optionalObject(block.cache_control, `${at}.cache_control`);
  if (control === undefined) return undefined;
  if (control.ttl === undefined || control.ttl === null) return {};
  return { ttl: oneOf(control.ttl, ['5m', '1h'], `${at}.cache_control.ttl`) };
}

const TEXT = new Set(['type', 'text', 'cache_control']);

function decodeText(block: JsonObject, at: string): TextBlock {
  return given<TextBlock>({
    type: 'text',
    text: stringAt(block.text, `${at}.text`),
    cache: decodeCacheHint(block, at),
    extras: restOf(block, TEXT),
  });
}

const IMAGE = new Set(['type', 'source', 'cache_control']);

function decodeImage(block: JsonObject, at: string): ImageBlock {
  return given<ImageBlock>({
    type: 'image',
    source: decodeSource(objectAt(block.source, `${at}.source`), ['base64', 'url', 'file'], `${at}.source`),
    cache: decodeCacheHint(block, at),
    extras: withSource(block, IMAGE),
  });
}

const DOCUMENT = new Set(['type', 'source', 'title', 'cache_control']);

function decodeDocument(block: JsonObject, at: string): Block {
  const source = objectAt(block.source, `${at}.source`);
  // Content of its own, perhaps with images in it: no other dialect has such a thing.
  if (source.type === 'content') return { type: 'raw', origin: DIALECT, value: block };
  return given<DocumentBlock>({
    type: 'document',
    source: decodeSource(source, ['base64', 'url', 'file', 'text'], `${at}.source`),
    name: optionalString(block.title, `${at}.title`),
    cache: decodeCacheHint(block, at),
    extras: withSource(block, DOCUMENT),
  });
}

const SOURCE = new Set(['type', 'media_type', 'data', 'url', 'file_id']);

/** Unknown fields of a block, and of its source under that name. */
function withSource(block: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const source = isObject(block.source) ? restOf(block.source, SOURCE) : undefined;
  const rest = restOf(block, known);
  return source === undefined ? rest : { ...rest, source };
}

function decodeSource(source: JsonObject, kinds: readonly MediaSource['kind'][], at: string): MediaSource {
  switch (oneOf(source.type, kinds, `${at}.type`)) {
    case 'base64':
      return {
        kind: 'base64',
        mediaType: stringAt(source.media_type, `${at}.media_type`),
        data: stringAt(source.data, `${at}.data`),
      };
    case 'url':
      return { kind: 'url', url: stringAt(source.url, `${at}.url`) };
    case 'file':
      return { kind: 'file', id: stringAt(source.file_id, `${at}.file_id`) };
    case 'text':
      return { kind: 'text', text: stringAt(source.data, `${at}.data`) };
  }
}

function decodeThinking(block: JsonObject, at: string): ReasoningBlock {
  const text = stringAt(block.thinking, `${at}.thinking`);
  // A blank signature is ours: it marks reasoning of a model that does not sign.
  const signature = optionalString(block.signature, `${at}.signature`) ?? '';
  return signature === ''
    ? { type: 'reasoning', text }
    : { type: 'reasoning', text, sealed: { origin: VENDOR, value: signature } };
}

function decodeRedacted(block: JsonObject, at: string): ReasoningBlock {
  const value = stringAt(block.data, `${at}.data`);
  return { type: 'reasoning', text: '', sealed: { origin: VENDOR, value }, redacted: true };
}

const TOOL_USE = new Set(['type', 'id', 'name', 'input', 'cache_control']);

function decodeToolUse(block: JsonObject, at: string): ToolCallBlock {
  return given<ToolCallBlock>({
    type: 'tool_call',
    id: stringAt(block.id, `${at}.id`),
    name: stringAt(block.name, `${at}.name`),
    input: JSON.stringify(optionalObject(block.input, `${at}.input`) ?? {}),
    cache: decodeCacheHint(block, at),
    extras: restOf(block, TOOL_USE),
  });
}

const TOOL_RESULT = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

function decodeToolResult(block: JsonObject, at: string): ToolResultBlock {
  const content = block.content ?? [];
  return given<ToolResultBlock>({
    type: 'tool_result',
    callId: stringAt(block.tool_use_id, `${at}.tool_use_id`),
    content: decodeContent(content, `${at}.content`),
    isError: optionalBoolean(block.is_error, `${at}.is_error`),
    cache: decodeCacheHint(block, at),
    extras: restOf(block, TOOL_RESULT),
  });
}

/** System text. The billing note stays raw, so it goes back to its own vendor and to nobody else. */
export function decodeSystem(value: Json | undefined): Block[] {
  if (value === undefined || value === null) return [];
  const blocks = decodeContent(value, 'system');
  const at = blocks.findIndex((block) => block.type === 'text' && isBillingNote(block.text));
  const note = blocks[at];
  if (note?.type !== 'text') return blocks;
  const wire = Array.isArray(value) && isObject(value[at]) ? value[at] : { type: 'text', text: note.text };
  return blocks.with(at, { type: 'raw', origin: DIALECT, value: wire });
}
