// Puts a script into OpenAI's chat dialect: one body, or chunks.
import type { Beat, Colophon } from './play.ts';
import type { Script, ScriptChoice, Segment } from './script.ts';

export const finishReasons: Readonly<Record<ScriptChoice['finish'], string>> = {
  stop: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tools: 'tool_calls',
};

export function chatBody(script: Script, colophon: Colophon): string {
  return JSON.stringify({
    id: `chatcmpl-sim-${colophon.serial}`,
    object: 'chat.completion',
    created: colophon.created,
    model: colophon.model,
    system_fingerprint: 'simulated',
    choices: script.choices.map((choice, index) => ({
      index,
      message: messageOf(choice, index, colophon.serial),
      logprobs: null,
      finish_reason: finishReasons[choice.finish],
    })),
    usage: usageOf(script),
  });
}

function messageOf(choice: ScriptChoice, index: number, serial: string): object {
  const text = wordsOf(choice, 'text');
  const reasoning = wordsOf(choice, 'reasoning');
  const calls = choice.segments.filter((segment) => segment.type === 'tool');
  return {
    role: 'assistant',
    content: text ?? (calls.length > 0 ? null : ''),
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call, i) => toolCall(call, index, i, serial)) }),
  };
}

function wordsOf(choice: ScriptChoice, type: Segment['type']): string | undefined {
  return choice.segments.find((segment) => segment.type === type)?.pieces.join('');
}

function toolCall(call: Segment, choice: number, index: number, serial: string): object {
  return {
    id: callId(serial, choice, index),
    type: 'function',
    function: { name: call.name, arguments: call.pieces.join('') },
  };
}

function callId(serial: string, choice: number, index: number): string {
  return `call_sim_${serial}_${choice}_${index}`;
}

export function usageOf(script: Script): object {
  return {
    prompt_tokens: script.input,
    completion_tokens: script.output,
    total_tokens: script.input + script.output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: script.reasoning },
  };
}

export function chatBeats(script: Script, colophon: Colophon): readonly Beat[] {
  const start = `data: {"id":"chatcmpl-sim-${colophon.serial}","object":"chat.completion.chunk","created":${
    colophon.created
  },"model":${JSON.stringify(colophon.model)},"system_fingerprint":"simulated","choices":[`;
  // Whoever asks for usage gets the field in every chunk, as from the vendor.
  const tail = colophon.includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  const perChoice = script.choices.map((choice, index) =>
    choiceBeats(choice, index, colophon.serial, start, tail),
  );
  const beats = interleave(perChoice);
  if (colophon.includeUsage) {
    beats.push({ text: `${start}],"usage":${JSON.stringify(usageOf(script))}}\n\n`, tokens: 0 });
  }
  beats.push({ text: 'data: [DONE]\n\n', tokens: 0 });
  return beats;
}

function choiceBeats(
  choice: ScriptChoice,
  index: number,
  serial: string,
  start: string,
  tail: string,
): readonly Beat[] {
  const open = `${start}{"index":${index},"delta":`;
  const more = `,"logprobs":null,"finish_reason":null}${tail}`;
  const beats: Beat[] = [
    { text: `${open}{"role":"assistant","content":"","refusal":null}${more}`, tokens: 0 },
  ];
  let calls = 0;
  for (const segment of choice.segments) {
    if (segment.type === 'tool') {
      pushCall(beats, segment, calls, callId(serial, index, calls), open, more);
      calls += 1;
      continue;
    }
    const field = segment.type === 'text' ? 'content' : 'reasoning_content';
    for (const piece of segment.pieces) {
      beats.push({ text: `${open}{"${field}":${JSON.stringify(piece)}}${more}`, tokens: 1 });
    }
  }
  const reason = finishReasons[choice.finish];
  beats.push({ text: `${open}{},"logprobs":null,"finish_reason":"${reason}"}${tail}`, tokens: 0 });
  return beats;
}

function pushCall(beats: Beat[], call: Segment, index: number, id: string, open: string, more: string): void {
  const head = JSON.stringify({ index, id, type: 'function', function: { name: call.name, arguments: '' } });
  beats.push({ text: `${open}{"tool_calls":[${head}]}${more}`, tokens: 0 });
  for (const piece of call.pieces) {
    const delta = `{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(piece)}}}]}`;
    beats.push({ text: `${open}${delta}${more}`, tokens: 1 });
  }
}

/** Choices take turns, chunk by chunk, as they do when an engine decodes them together. */
function interleave(rows: readonly (readonly Beat[])[]): Beat[] {
  const beats: Beat[] = [];
  const longest = Math.max(...rows.map((row) => row.length));
  for (let i = 0; i < longest; i += 1) {
    for (const row of rows) {
      const beat = row[i];
      if (beat !== undefined) beats.push(beat);
    }
  }
  return beats;
}
