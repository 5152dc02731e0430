// What choose reads from the config: a model's targets and how they are put in order.
import * as z from 'zod';
import { whole, words } from '../../lib/option-scalars.ts';
import type { SelectorName } from '../stage.ts';

/** A target by name; whoever builds the model looks the upstream up. */
export interface TargetOptions {
  readonly upstream: string;
  readonly model: string;
  readonly weight: number;
}

const selectors = [
  'priority',
  'weighted',
  'round-robin',
  'least-load',
] as const satisfies readonly SelectorName[];

export const selectorName = z.enum(selectors);

/** The upstream's name has no slash; its model's name may. */
const label = z
  .string()
  .regex(/^[^/\s]+\/\S+$/)
  .meta({ title: 'a target, written upstream/model', examples: ['house/llama3.1:8b'] })
  .transform((text): TargetOptions => {
    const slash = text.indexOf('/');
    return { upstream: text.slice(0, slash), model: text.slice(slash + 1), weight: 1 };
  });

const detailed = z.strictObject({
  upstream: words('the name of an upstream'),
  model: words("the upstream's name of a model"),
  weight: whole(0, 1_000_000).default(1).describe('Share of the calls, for select: weighted.'),
});

export const targetList = z
  .array(z.union([label, detailed]).meta({ title: 'a target, written upstream/model or as a mapping' }))
  .min(1)
  .transform((targets): readonly TargetOptions[] => targets);
