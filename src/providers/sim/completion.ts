// Puts a script into OpenAI's legacy completions, and reads calls of that kind: one prompt, and text goes on.
import { asArray, asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { countIn, modelIn, PromptReader, type SimCall, stopsIn, wrong } from './call.ts';
import { finishReasons, usageOf } from './chat.ts';
import type { Beat, Colophon } from './play.ts';
import type { Script, ScriptChoice } from './script.ts';

const USUAL_BOUND = 16;
const MOST_CHOICES = 128;

export function readCompletion(body: JsonObject): SimCall {
  const prompt = asString(body['prompt']) ?? asString(asArray(body['prompt'])?.[0]);
  if (prompt === undefined) throw wrong('prompt', 'must be a text');
  const reader = new PromptReader();
  reader.text(prompt);
  reader.user(prompt);
  return {
    dialect: 'chat',
    model: modelIn(body),
    stream: body['stream'] === true,
    includeUsage: asObject(body['stream_options'])?.['include_usage'] === true,
    maxTokens: countIn(body, 'max_tokens') ?? USUAL_BOUND,
    stop: stopsIn(body['stop']),
    n: Math.min(countIn(body, 'n') ?? 1, MOST_CHOICES),
    schema: undefined,
    tools: [],
    choice: { mode: 'none', names: undefined },
    parallel: false,
    thoughts: 0,
    thinkingBudget: undefined,
    prompt: reader.done(),
  };
}

export function completionBody(script: Script, colophon: Colophon): string {
  return JSON.stringify({
    ...headOf(colophon),
    choices: script.choices.map((choice, index) => ({
      text: piecesOf(choice).join(''),
      index,
      logprobs: null,
      finish_reason: finishReasons[choice.finish],
    })),
    usage: usageOf(script),
  });
}

export function completionBeats(script: Script, colophon: Colophon): readonly Beat[] {
  const start = `data: ${JSON.stringify(headOf(colophon)).slice(0, -1)},"choices":[`;
  const tail = colophon.includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  const beats = script.choices.flatMap((choice, index) => {
    const chunk = (text: string, finish: string | null): string =>
      start + JSON.stringify({ text, index, logprobs: null, finish_reason: finish }) + tail;
    const said = piecesOf(choice).map((piece) => ({ text: chunk(piece, null), tokens: 1 }));
    return [...said, { text: chunk('', finishReasons[choice.finish]), tokens: 0 }];
  });
  if (colophon.includeUsage) {
    beats.push({ text: `${start}],"usage":${JSON.stringify(usageOf(script))}}\n\n`, tokens: 0 });
  }
  return [...beats, { text: 'data: [DONE]\n\n', tokens: 0 }];
}

function headOf({ serial, created, model }: Colophon): JsonObject {
  return {
    id: `cmpl-sim-${serial}`,
    object: 'text_completion',
    created,
    model,
    system_fingerprint: 'simulated',
  };
}

function piecesOf(choice: ScriptChoice): readonly string[] {
  return choice.segments.flatMap((segment) => (segment.type === 'text' ? segment.pieces : []));
}
