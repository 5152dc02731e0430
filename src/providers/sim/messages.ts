// Puts a script into Anthropic's messages dialect: one body, or events.
import type { Beat, Colophon } from './play.ts';
import { hashOf } from './prose.ts';
import type { Script, ScriptChoice, Segment } from './script.ts';

const stopReasons: Readonly<Record<ScriptChoice['finish'], string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  tools: 'tool_use',
};

export function messagesBody(script: Script, colophon: Colophon): string {
  const choice = script.choices[0];
  return JSON.stringify({
    id: `msg_sim_${colophon.serial}`,
    type: 'message',
    role: 'assistant',
    model: colophon.model,
    content: choice?.segments.map((segment, i) => wholeBlock(segment, i, colophon.serial)) ?? [],
    ...stopOf(choice),
    usage: usageOf(script.input, script.output),
  });
}

export function countBody(tokens: number): string {
  return JSON.stringify({ input_tokens: tokens });
}

function stopOf(choice: ScriptChoice | undefined): object {
  return {
    stop_reason: stopReasons[choice?.finish ?? 'stop'],
    stop_sequence: choice?.sequence ?? null,
  };
}

function usageOf(input: number, output: number): object {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
  };
}

function wholeBlock(segment: Segment, index: number, serial: string): object {
  const words = segment.pieces.join('');
  switch (segment.type) {
    case 'text':
      return { type: 'text', text: words };
    case 'reasoning':
      return { type: 'thinking', thinking: words, signature: signatureOf(words) };
    default:
      return { type: 'tool_use', id: callId(serial, index), name: segment.name, input: JSON.parse(words) };
  }
}

function openBlock(segment: Segment, index: number, serial: string): object {
  switch (segment.type) {
    case 'text':
      return { type: 'text', text: '' };
    case 'reasoning':
      return { type: 'thinking', thinking: '', signature: '' };
    default:
      return { type: 'tool_use', id: callId(serial, index), name: segment.name, input: {} };
  }
}

function callId(serial: string, index: number): string {
  return `toolu_sim_${serial}_${index}`;
}

/** Sealed by us and by nobody else; whoever finds one elsewhere knows where it leaked from. */
function signatureOf(thinking: string): string {
  return Buffer.from(`sim:${hashOf(thinking).toString(16)}`).toString('base64');
}

export function messagesBeats(script: Script, colophon: Colophon): readonly Beat[] {
  const choice = script.choices[0];
  const beats: Beat[] = [event('message_start', { message: openMessage(script, colophon) })];
  choice?.segments.forEach((segment, index) => {
    pushBlock(beats, segment, index, colophon.serial);
  });
  beats.push(event('message_delta', { delta: stopOf(choice), usage: usageOf(script.input, script.output) }));
  beats.push(event('message_stop', {}));
  return beats;
}

/** Its output count is the vendor's kind of first guess: `message_delta` overwrites it. */
function openMessage(script: Script, colophon: Colophon): object {
  return {
    id: `msg_sim_${colophon.serial}`,
    type: 'message',
    role: 'assistant',
    model: colophon.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf(script.input, 1),
  };
}

function pushBlock(beats: Beat[], segment: Segment, index: number, serial: string): void {
  beats.push(event('content_block_start', { index, content_block: openBlock(segment, index, serial) }));
  const [type, field] = deltaOf(segment.type);
  const open = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":`;
  for (const piece of segment.pieces) {
    const text = `${open}{"type":"${type}","${field}":${JSON.stringify(piece)}}}\n\n`;
    beats.push({ text, tokens: 1 });
  }
  if (segment.type === 'reasoning') {
    const delta = { type: 'signature_delta', signature: signatureOf(segment.pieces.join('')) };
    beats.push(event('content_block_delta', { index, delta }));
  }
  beats.push(event('content_block_stop', { index }));
}

function deltaOf(type: Segment['type']): readonly [string, string] {
  if (type === 'text') return ['text_delta', 'text'];
  return type === 'reasoning' ? ['thinking_delta', 'thinking'] : ['input_json_delta', 'partial_json'];
}

function event(type: string, fields: object): Beat {
  return { text: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`, tokens: 0 };
}
