// Deviations of Chat upstreams beyond the ones every provider may declare: what an engine or service
// does with fields that only OpenAI itself, or only engines, understand.
import type { Quirks } from '../../canonical/provider.ts';

export interface ChatQuirks extends Quirks {
  /** Takes `top_k`, as local engines do. Default false. */
  readonly topK?: boolean;
  /** Takes custom (free text) tools; else they are wrapped as functions. Default true. */
  readonly customTools?: boolean;
  /** Takes `prompt_cache_breakpoint` on parts. Default false: strict services refuse unknown part fields. */
  readonly cacheBreakpoints?: boolean;
  /** Takes `safety_identifier` and `prompt_cache_key`. Default true. */
  readonly identity?: boolean;
  /** Takes system messages after the first turn; else they are folded into a user turn. Default true. */
  readonly inlineSystem?: boolean;
  /** Tool call ids must be nine letters or digits (Mistral). */
  readonly callIds?: 'nine';
}
