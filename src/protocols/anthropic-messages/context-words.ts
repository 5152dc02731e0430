// "Your prompt is too long" in the exact words by which Claude Code heals itself.
import type { ContextFigures } from '../../canonical/errors.ts';

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
