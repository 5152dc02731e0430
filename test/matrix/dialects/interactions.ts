// Google's Interactions, asked of the Gemini API. Nobody calls us in it.
import type { JsonValue } from '../../testkit/json-value.ts';
import { json, sse } from '../../testkit/script.ts';
import type { Dialect, ReplyCase } from './dialect.ts';

const MODEL = 'gemini-3-flash';
const USAGE = { total_input_tokens: 10, total_output_tokens: 5, total_tokens: 15 };

function eventOf(event: JsonValue): string {
  return `event: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`;
}

interface Ending {
  readonly status?: string;
  readonly usage?: JsonValue;
}

/** A step as it comes whole, and the events in which it comes piece by piece. */
interface Piecemeal {
  readonly step: JsonValue;
  readonly start: JsonValue;
  readonly deltas: readonly JsonValue[];
}

function reply(steps: readonly Piecemeal[], { status = 'completed', usage = USAGE }: Ending = {}): ReplyCase {
  const head = { object: 'interaction', model: MODEL };
  const end = { status, usage, created: '2025-10-09T08:53:20Z', ...head };
  const events = [
    { interaction: { id: '', status: 'in_progress', ...head }, event_type: 'interaction.created' },
    { interaction_id: '', status: 'in_progress', event_type: 'interaction.status_update' },
    ...steps.flatMap(({ start, deltas }, index) => [
      { index, step: start, event_type: 'step.start' },
      ...deltas.map((delta) => ({ index, delta, event_type: 'step.delta' })),
      { index, event_type: 'step.stop' },
    ]),
    { interaction: { id: '', ...end }, event_type: 'interaction.completed' },
  ];
  return { body: { steps: steps.map(({ step }) => step), ...end }, stream: events.map(eventOf).join('') };
}

function output(...pieces: readonly string[]): Piecemeal {
  return {
    step: { type: 'model_output', content: [{ type: 'text', text: pieces.join('') }] },
    start: { type: 'model_output' },
    deltas: pieces.map((text) => ({ text, type: 'text' })),
  };
}

function cited(text: string, ...annotations: readonly JsonValue[]): Piecemeal {
  const said = output(text);
  return {
    ...said,
    step: { type: 'model_output', content: [{ type: 'text', text, annotations }] },
    deltas: [...said.deltas, { annotations, type: 'text_annotation_delta' }],
  };
}

function thought(signature: string, ...summary: readonly string[]): Piecemeal {
  const items = summary.map((text) => ({ type: 'text', text }));
  return {
    step: { type: 'thought', signature, ...(items.length === 0 ? {} : { summary: items }) },
    start: { type: 'thought' },
    deltas: [
      ...items.map((content) => ({ content, type: 'thought_summary' })),
      { signature, type: 'thought_signature' },
    ],
  };
}

function call(id: string, name: string, args: JsonValue): Piecemeal {
  const text = JSON.stringify(args);
  const pieces = text === '{}' ? [] : [text.slice(0, 5), text.slice(5)];
  return {
    step: { id, type: 'function_call', name, arguments: args },
    start: { id, signature: '', type: 'function_call', name, arguments: {} },
    deltas: pieces.map((piece) => ({ arguments: piece, type: 'arguments_delta' })),
  };
}

function searched(): readonly Piecemeal[] {
  const query = { arguments: { queries: ['hi'] } };
  const found = { result: [{ search_suggestions: '<b>hi</b>' }], is_error: false };
  return [
    {
      step: { id: 's1', type: 'google_search_call', ...query },
      start: { id: 's1', type: 'google_search_call' },
      deltas: [{ type: 'google_search_call', ...query }],
    },
    {
      step: { call_id: 's1', type: 'google_search_result', ...found },
      start: { call_id: 's1', type: 'google_search_result' },
      deltas: [{ type: 'google_search_result', ...found }],
    },
  ];
}

const replies: Readonly<Record<string, ReplyCase>> = {
  text: reply([output('Hello ', 'wörld 👋')]),
  'signed-text': reply([thought('c2ln'), output('Hi.')]),
  reasoning: reply([thought('c2ln', 'A ', 'greeting.'), output('Hello.')], {
    usage: { ...USAGE, total_thought_tokens: 7, total_tokens: 22 },
  }),
  length: reply([output('Hel')], { status: 'incomplete' }),
  'length-within-a-call': reply([call('fc_1', 'get_time', { zone: 'UTC' })], { status: 'incomplete' }),
  'length-before-a-word': reply([thought('c2ln')], { status: 'incomplete' }),
  tool: reply([thought('c2ln'), call('fc_1', 'get_time', {})], { status: 'requires_action' }),
  'tools-in-parallel': reply(
    [
      thought('c2ln', 'Both.'),
      output('Let me see.'),
      call('fc_1', 'get_weather', { city: 'Zürich', unit: 'c' }),
      call('fc_2', 'get_time', { zone: 'UTC' }),
    ],
    { status: 'requires_action' },
  ),
  'usage-with-cache': reply([output('Hi.')], {
    usage: {
      total_input_tokens: 100,
      total_cached_tokens: 60,
      total_output_tokens: 20,
      total_thought_tokens: 8,
      total_tool_use_tokens: 5,
      total_tokens: 133,
    },
  }),
  cited: reply([
    cited('Über 👋 there.', {
      type: 'url_citation',
      start_index: 6,
      end_index: 10,
      url: 'https://example.com/hi',
      title: 'Hi',
    }),
  ]),
  searched: reply([thought('c2ln'), output('Hi.'), ...searched()]),
};

export const interactions: Dialect = {
  name: 'interactions',
  protocol: 'gemini-interactions',
  calls: {},
  replies,
  upstream: {
    config: (url) =>
      `{ provider: gemini, url: ${url}, secret: AIza-upstream, options: { shared_files: true }, protocols: [gemini-interactions] }`,
    model: MODEL,
    answer: (call) => {
      const { body, stream } = reply([output('Hi.')]);
      return call.json.stream === true ? sse(stream) : json(body);
    },
    whole: json,
    streamed: sse,
    spliced: () => undefined,
  },
};
