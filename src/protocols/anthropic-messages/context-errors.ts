// "Your prompt is too long" in the words of everybody who serves this dialect, with the figures in it,
// and in the exact words by which Claude Code heals itself.
import type { ContextFigures } from '../../canonical/errors.ts';
import { asNumber, type JsonObject } from '../../canonical/json.ts';

interface Wording {
  readonly pattern: RegExp;
  figures(match: readonly number[]): ContextFigures;
}

/** First match wins. Groups are numbers, in the order in which `figures` takes them. */
const wordings: readonly Wording[] = [
  {
    pattern: /input length and `?max_tokens`? exceed context limit: (\d+) \+ (\d+) > (\d+)/i,
    figures: ([input = 0, output = 0, limit = 0]) => ({ input, output, limit }),
  },
  {
    pattern: /prompt is too long: (\d+) tokens > (\d+) maximum/i,
    figures: ([input = 0, limit = 0]) => ({ input, output: 0, limit }),
  },
  {
    // llama-server
    pattern: /request \((\d+) tokens\) exceeds the available context size \((\d+) tokens\)/i,
    figures: ([input = 0, limit = 0]) => ({ input, output: 0, limit }),
  },
  {
    // vLLM, with the output counted
    pattern:
      /maximum context length is (\d+) tokens[\s\S]*?\((\d+) (?:in the messages|input tokens)[\s\S]*?(\d+) (?:in the completion|output tokens)/i,
    figures: ([limit = 0, input = 0, output = 0]) => ({ input, output, limit }),
  },
  {
    // vLLM, output bound too large
    pattern:
      /max_(?:completion_)?tokens'? is too large: (\d+)[\s\S]*?context length is (\d+) tokens and your request has (\d+) input/i,
    figures: ([output = 0, limit = 0, input = 0]) => ({ input, output, limit }),
  },
  {
    // vLLM, the prompt alone
    pattern:
      /maximum context length is (\d+) tokens[\s\S]*?(?:request has|requested|contains) (?:at least )?(\d+)/i,
    figures: ([limit = 0, input = 0]) => ({ input, output: 0, limit }),
  },
];

const UNNUMBERED =
  /prompt is too long|input is too long|exceeds? (?:the )?(?:available |model'?s? |maximum )*context|exceeded max context length|context (?:window|length) exceeded/i;

export interface ContextFault {
  readonly figures: ContextFigures | undefined;
}

/** Is this an upstream's way of saying that the call does not fit? */
export function readContextFault(message: string, fault: JsonObject | undefined): ContextFault | undefined {
  // llama-server states both counts as fields of their own.
  const input = asNumber(fault?.n_prompt_tokens);
  const limit = asNumber(fault?.n_ctx);
  if (input !== undefined && limit !== undefined) return { figures: { input, output: 0, limit } };
  for (const { pattern, figures } of wordings) {
    const match = pattern.exec(message);
    if (match !== null) return { figures: figures(match.slice(1).map(Number)) };
  }
  return UNNUMBERED.test(message) ? { figures: undefined } : undefined;
}

/** Claude Code resends with a smaller `max_tokens` on the first wording and compacts on the second. */
export function contextMessage(figures: ContextFigures | undefined, otherwise: string): string {
  if (figures === undefined) return `prompt is too long: ${otherwise}`;
  const { input, output, limit } = figures;
  if (output > 0 && input <= limit) {
    return (
      `input length and \`max_tokens\` exceed context limit: ${input} + ${output} > ${limit}, ` +
      'decrease input length or `max_tokens` and try again'
    );
  }
  return `prompt is too long: ${input} tokens > ${limit} maximum`;
}
