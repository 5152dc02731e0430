// Does a call fit a target's window? Asked before money is spent. A call far below the window costs two
// comparisons; one near it is counted; only one that certainly does not fit is refused. When in doubt the
// upstream judges: its tokenizer is the true one.
import { type ContextFigures, GatewayError } from '../../canonical/errors.ts';
import { estimatedInput, leastInput } from '../../canonical/estimate.ts';
import { asNumber, asObject } from '../../canonical/json.ts';
import type { TokenCounter } from '../../ports.ts';
import type { Admitted, Target } from '../stage.ts';

/** Bytes a token of dense text: up to so many for the room there is, nobody thinks twice. */
const DENSE = 3;
/** And of the thinnest prose: beyond it the words are counted before anything else is asked. */
const THIN = 8;
/** Other tokenizers than ours may need fewer tokens, for some languages by a quarter. */
const FEWER = 0.75;
/** A known ratio of bytes to tokens is off by so much for a single call, at most. */
const SPREAD = 0.7;

export interface Misfit {
  readonly target: Target;
  readonly figures: ContextFigures;
  /** The bound the caller stated, counted by the upstream or not. */
  readonly asked: number;
}

/** Must somebody look closer? Costs next to nothing, for every call. */
export function isNearWindow(call: Admitted, target: Target): boolean {
  const { upstream, model } = target;
  const window = upstream.facts(model)?.contextWindow;
  if (window === undefined) return false;
  const bytes = call.wire.bytes.length;
  // The usual call is far smaller than the window, whatever it asks for; the bound need not be read then.
  const dense = denseRatio(target);
  return bytes > dense * (window - outputOf(call, target));
}

function denseRatio({ upstream, model }: Target): number {
  const learned = upstream.tokenRatios?.learned(model);
  return learned === undefined ? DENSE : learned * SPREAD;
}

/** Tokens the answer may take, where the upstream counts them against its window. */
function outputOf(call: Admitted, { upstream, model }: Target): number {
  if (upstream.provider.quirks?.countsOutput !== true) return 0;
  const asked = boundOf(call);
  const most = upstream.facts(model)?.maxOutput;
  return most === undefined ? asked : Math.min(asked, most);
}

function boundOf({ face, wire }: Admitted): number {
  for (const name of face.parameters.max_tokens ?? []) {
    const dot = name.indexOf('.');
    const bound =
      dot < 0 ? wire.whole(name) : asNumber(asObject(wire.value(name.slice(0, dot)))?.[name.slice(dot + 1)]);
    if (bound !== undefined) return bound;
  }
  return 0;
}

/** Why this call cannot fit this target; undefined when it may. */
export async function misfitOf(
  call: Admitted,
  target: Target,
  count: () => Promise<number | undefined>,
): Promise<Misfit | undefined> {
  const window = target.upstream.facts(target.model)?.contextWindow;
  if (window === undefined) return undefined;
  const output = outputOf(call, target);
  const room = window - output;
  const input = await certainInput(call, target, room, count);
  if (input === undefined) return undefined;
  return { target, figures: { input, output, limit: window }, asked: boundOf(call) };
}

/** A size that is above the room and near the truth, if even the least there can be is above it. */
async function certainInput(
  call: Admitted,
  target: Target,
  room: number,
  count: () => Promise<number | undefined>,
): Promise<number | undefined> {
  const { wire } = call;
  const { upstream, model } = target;
  if (wire.bytes.length > THIN * room) {
    const words = leastInput(wire);
    if (words > room)
      return Math.max(words, estimatedInput(wire, upstream.tokenRatios?.bytesPerToken(model)));
  }
  const cut = await count();
  if (cut === undefined) return undefined;
  const least = upstream.provider.encoding === undefined ? Math.floor(cut * FEWER) : cut;
  return least > room ? cut : undefined;
}

/** One count for all targets of a call, made when the first of them needs it. */
export function countOnce(
  call: Admitted,
  tokenizer: TokenCounter | undefined,
): () => Promise<number | undefined> {
  let counted: Promise<number | undefined> | undefined;
  return () => {
    // Pictures are no text, and cost what only the upstream knows.
    const { bytes } = call.wire;
    counted ??= bytes.includes('base64')
      ? Promise.resolve(undefined)
      : (tokenizer?.count(bytes) ?? Promise.resolve(undefined));
    return counted;
  };
}

/** `8200 tokens and 1000 of output are more than 8192`. */
export function misfitReason({ figures: { input, output, limit } }: Misfit): string {
  const asked = output === 0 ? '' : ` and ${output} of output`;
  return `too small: about ${input} tokens${asked} are more than ${limit}`;
}

/** The figures are those of the largest window: whoever fits into that one is answered. */
export function tooLong(misfits: readonly Misfit[]): GatewayError {
  const [first, ...others] = misfits.map((misfit) => misfit.figures);
  if (first === undefined) throw new Error('Somebody must have refused it.');
  const figures = others.reduce(
    (best, one) => (one.limit - one.output > best.limit - best.output ? one : best),
    first,
  );
  const { input, output, limit } = figures;
  const bound = Math.max(output, misfits[0]?.asked ?? 0);
  return new GatewayError(
    'context_too_long',
    `This model's maximum context length is ${limit} tokens. However, you requested about ${input + bound} tokens (${input} in the messages, ${bound} in the completion).`,
    {
      param: 'messages',
      remedy: 'Please reduce the length of the messages or completion.',
      context: figures,
    },
  );
}
