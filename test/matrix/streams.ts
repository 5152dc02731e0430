// Representative streams of every dialect, clean and with the accents of real servers.
import { cohereContent, cohereEvents, cohereStream } from '../testkit/cohere-replies.ts';
import { ollamaStream } from '../testkit/ollama-replies.ts';
import { chatStream, messagesStream, namedEvent } from '../testkit/replies.ts';
import { responsesStream } from '../testkit/responses-replies.ts';

export interface SampleStream {
  readonly name: string;
  readonly dialect: 'openai-chat' | 'anthropic-messages' | 'openai-responses' | 'ollama-chat' | 'cohere-chat';
  readonly bytes: Buffer;
}

const RICH = {
  reasoning: 'Erst denken: 1 → 2 … 🤔',
  text: ['Grüße, ', 'Wélt! 👋🏽', ' "quoted" \\ and\nnew line', ' data: [DONE] message_stop "error": '],
  tools: [
    { id: 'call_1', name: 'look_up', input: { place: 'Zürich', note: '😀 "x"' } },
    { id: 'call_2', name: 'now', input: {} },
  ],
};

function spaced(stream: string): string {
  return stream.replace(/^data: (\{.*\})$/gm, (_line, json: string) => {
    const text = JSON.stringify(JSON.parse(json), null, 1).replace(/\n\s*/g, ' ');
    return `data: ${text}`;
  });
}

/** Comments and unknown fields between events, ids and retry hints, as servers and proxies add them. */
function chatty(stream: string): string {
  return `: connected\n\nretry: 3000\n\n${stream.replaceAll('\n\n', '\n\n: ping - 2026-01-01\n\n').replace('data:', 'id: 1\ndata:')}`;
}

/** JSON over several `data:` lines, which a reader joins with line feeds. */
function multiline(stream: string): string {
  return stream.replaceAll(/^data: \{(".*)$/gm, (_line, rest: string) => `data: {\ndata: ${rest}`);
}

const accents: readonly (readonly [string, (stream: string) => string | Buffer])[] = [
  ['as the vendor sends it', (stream) => stream],
  ['with CRLF', (stream) => stream.replaceAll('\n', '\r\n')],
  ['with CR', (stream) => stream.replaceAll('\n', '\r')],
  ['with a byte order mark', (stream) => `\ufeff${stream}`],
  ['with comments, ids and retry hints', chatty],
  ['without the space after the colon', (stream) => stream.replaceAll(/^(data|event): /gm, '$1:')],
  ['with spaces inside its JSON', spaced],
  ['with JSON over several data lines', multiline],
  ['without the last blank line', (stream) => stream.slice(0, -1)],
];

const chat = chatStream(RICH);
const messages = messagesStream(RICH);
const lines = ollamaStream(RICH);

const lineAccents: readonly (readonly [string, (stream: string) => string])[] = [
  ['as the vendor sends it', (stream) => stream],
  ['with CRLF', (stream) => stream.replaceAll('\n', '\r\n')],
  ['with empty lines', (stream) => `\n${stream.replaceAll('\n', '\n\n')}`],
  ['with spaces inside its JSON', (stream) => stream.replaceAll(/("[a-z_]+"):(?=[{["tf\d])/g, '$1 : ')],
  ['without the last line end', (stream) => stream.slice(0, -1)],
];
/** Little, since it says everything three times, and without what it repeats of the call: every byte is cut. */
const responses = responsesStream({
  reasoning: '→ 🤔',
  text: ['Grüße', ' "q" \\ \n', '"response" "error":'],
  tools: [{ id: 'call_1', name: 'look_up', input: { note: '😀 "x"' } }],
}).replaceAll(
  /"background":.*?"max_output_tokens":null,|"parallel_tool_calls":.*?"truncation":"disabled",/g,
  '',
);

/** Thoughts, words and their citation; the other has a plan and calls. */
const words = cohereEvents({}, [
  ...cohereContent(0, 'thinking', ['Erst denken: 1 → 2 … 🤔']),
  ...cohereContent(1, 'text', RICH.text).slice(0, -1),
  {
    type: 'citation-start',
    index: 0,
    delta: { message: { citations: { start: 0, end: 5, text: 'Grüße', sources: [], type: 'TEXT_CONTENT' } } },
  },
  { type: 'citation-end', index: 0 },
  { type: 'content-end', index: 1 },
]);
const calls = cohereStream({ text: ['Ich ', 'sehe nach. "message-end"'], tools: RICH.tools });

export const samples: readonly SampleStream[] = [
  ...accents.map(([name, accent]) => sample('openai-chat', name, accent(chat))),
  sample('openai-chat', 'closed after its finish, without [DONE]', chat.replace('data: [DONE]\n\n', '')),
  sample(
    'openai-chat',
    'with spaces inside its JSON, closed without usage and [DONE]',
    spaced(chatStream(RICH, false)).replace('data: [DONE]\n\n', ''),
  ),
  sample('openai-chat', 'without usage', chatStream(RICH, false)),
  sample('openai-chat', 'of several choices', severalChoices()),
  sample(
    'openai-chat',
    'that fails in the middle',
    `${half(chat)}data: {"error":{"message":"overloaded"}}\n\n`,
  ),
  sample(
    'openai-chat',
    'with an event that is no JSON',
    `${half(chat)}data: {"choices":[{"de}\n\n${rest(chat)}`,
  ),
  ...accents.map(([name, accent]) => sample('anthropic-messages', name, accent(messages))),
  sample(
    'anthropic-messages',
    'that fails in the middle',
    `${half(messages)}${namedEvent({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}`,
  ),
  sample(
    'anthropic-messages',
    'with pings everywhere',
    messages.replaceAll('\n\n', `\n\n${namedEvent({ type: 'ping' })}`),
  ),
  sample(
    'anthropic-messages',
    'with an event that is no JSON',
    `${half(messages)}event: content_block_delta\ndata: {"type":"content_block_delta","ind}\n\n${rest(messages)}`,
  ),
  ...lineAccents.map(([name, accent]) => sample('ollama-chat', name, accent(lines))),
  sample('ollama-chat', 'without usage', lines.replace(/"prompt_eval_count":\d+,|,"eval_count":\d+/g, '')),
  sample('ollama-chat', 'that fails in the middle', `${halfOfLines(lines)}{"error":"it broke"}\n`),
  sample('ollama-chat', 'with a line that is no JSON', `${halfOfLines(lines)}{"message":{"ro\n${lines}`),
  ...accents.map(([name, accent]) => sample('openai-responses', name, accent(responses))),
  sample('openai-responses', "with Chat's end marker", `${responses}data: [DONE]\n\n`),
  sample(
    'openai-responses',
    'that fails in the middle',
    `${half(responses)}${namedEvent({ type: 'error', code: 'server_error', message: 'Overloaded', param: null })}`,
  ),
  sample(
    'openai-responses',
    'with an event that is no JSON',
    `${half(responses)}event: response.output_text.delta\ndata: {"type":"response.ou}\n\n${rest(responses)}`,
  ),
  ...accents.map(([name, accent]) => sample('cohere-chat', name, accent(words))),
  sample('cohere-chat', 'of calls', calls),
  sample('cohere-chat', 'without names of events and end marker', bare(words)),
  sample('cohere-chat', 'of calls without usage', calls.replace(/,"usage":.*/, '}}')),
  sample(
    'cohere-chat',
    'that fails in the middle',
    `${half(calls)}data: {"message":"overloaded","id":"e"}\n\n`,
  ),
  sample(
    'cohere-chat',
    'that ends in an error',
    words.replace('"finish_reason":"COMPLETE"', '"finish_reason":"ERROR","error":"it broke"'),
  ),
  sample(
    'cohere-chat',
    'with an event that is no JSON',
    `${half(words)}event: content-delta\ndata: {"type":"content-delta","ind}\n\n${rest(words)}`,
  ),
];

function bare(stream: string): string {
  return stream.replaceAll(/^event: .*\n/gm, '').replace('data: [DONE]\n\n', '');
}

function halfOfLines(stream: string): string {
  const all = stream.split('\n');
  return `${all.slice(0, all.length / 2).join('\n')}\n`;
}

function sample(dialect: SampleStream['dialect'], name: string, data: string | Buffer): SampleStream {
  return { dialect, name, bytes: Buffer.from(data) };
}

/** The first half of a stream's events, and the others. */
function half(stream: string): string {
  const events = stream.split('\n\n');
  return `${events.slice(0, events.length / 2).join('\n\n')}\n\n`;
}

function rest(stream: string): string {
  const events = stream.split('\n\n');
  return events.slice(events.length / 2).join('\n\n');
}

function severalChoices(): string {
  const chunk = (index: number, delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({
      id: 'chatcmpl-n',
      object: 'chat.completion.chunk',
      created: 1_760_000_000,
      model: 'up-model',
      choices: [{ index, delta, finish_reason: finish }],
    })}\n\n`;
  return [
    chunk(0, { role: 'assistant', content: '' }),
    chunk(1, { role: 'assistant', content: '' }),
    chunk(0, { content: 'eins' }),
    chunk(1, { content: 'zwei ü' }),
    chunk(0, { content: ' und' }),
    chunk(1, {}, 'stop'),
    chunk(0, {}, 'length'),
    'data: [DONE]\n\n',
  ].join('');
}
