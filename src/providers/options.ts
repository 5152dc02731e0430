// Written by scripts/generate.js from the folders beside it; do not edit.
import type { ZodType } from 'zod';
import { ollamaOptions } from './ollama/options.ts';
import { simOptions } from './sim/options.ts';
import { vertexOptions } from './vertex/options.ts';

/** Schemas of providers' own options, by provider id. */
export const providerOptions: ReadonlyMap<string, ZodType> = new Map<string, ZodType>([
  ['ollama', ollamaOptions],
  ['sim', simOptions],
  ['vertex', vertexOptions],
]);
