// How many bytes of a call make a token, learned per model from what replies state. Tokenizers differ, and so do
// the languages and code that people send: after a few calls a guess by size is a good one.
import { inputTokens, type Usage } from './usage.ts';

/** Of text nobody has told us anything about. */
export const USUAL_BYTES_PER_TOKEN = 4;

/** Smaller calls are mostly the JSON around the words, larger ones too rare to teach much. */
const LEAST_TAUGHT = 2 * 1024;
const MOST_TAUGHT = 4 * 1024 * 1024;
/** What no text has: beyond it something else was counted, such as pictures. */
const [LEAST, MOST] = [1, 12];
/** The newest call counts as much as this. */
const WEIGHT = 0.1;
const MOST_MODELS = 500;

export class TokenRatios {
  readonly #ratios = new Map<string, number>();

  bytesPerToken(model: string): number {
    return this.#ratios.get(model) ?? USUAL_BYTES_PER_TOKEN;
  }

  /** Undefined before the first reply. */
  learned(model: string): number | undefined {
    return this.#ratios.get(model);
  }

  /** What was learned about the same models before a change of the config. */
  adopt(earlier: TokenRatios): void {
    for (const [model, ratio] of earlier.#ratios) this.#ratios.set(model, ratio);
  }

  /** `bytes`: the call as it came in. */
  learn(model: string, bytes: Buffer, usage: Usage): void {
    if (usage.estimated || bytes.length < LEAST_TAUGHT || bytes.length > MOST_TAUGHT) return;
    const ratio = bytes.length / inputTokens(usage);
    // Infinite when no input was stated.
    if (ratio < LEAST || ratio > MOST || bytes.includes('base64')) return;
    const before = this.#ratios.get(model);
    if (before === undefined && this.#ratios.size >= MOST_MODELS) this.#ratios.clear();
    this.#ratios.set(model, before === undefined ? ratio : before + WEIGHT * (ratio - before));
  }
}
