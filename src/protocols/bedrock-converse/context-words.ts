// "Your prompt is too long" in the words of this service, with the figures of the models behind it.
import type { ContextFigures } from '../../canonical/errors.ts';

export function contextMessage(figures: ContextFigures | undefined, otherwise: string): string {
  if (figures === undefined) return `Input is too long for requested model. ${otherwise}`;
  const { input, output, limit } = figures;
  if (output > 0 && input <= limit) {
    return `input length and \`max_tokens\` exceed context limit: ${input} + ${output} > ${limit}, decrease input length or \`max_tokens\` and try again`;
  }
  return `prompt is too long: ${input} tokens > ${limit} maximum`;
}
