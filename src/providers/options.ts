// Written by scripts/generate.js from the folders beside it; do not edit.
import type { ZodType } from 'zod';
import { azureOptions } from './azure/options.ts';
import { bedrockOptions } from './bedrock/options.ts';
import { geminiOptions } from './gemini/options.ts';
import { ollamaOptions } from './ollama/options.ts';
import { openaiOptions } from './openai/options.ts';
import { openaiCompatibleOptions } from './openai-compatible/options.ts';
import { simOptions } from './sim/options.ts';
import { vertexOptions } from './vertex/options.ts';

/** Schemas of providers' own options, by provider id. */
export const providerOptions: ReadonlyMap<string, ZodType> = new Map<string, ZodType>([
  ['azure', azureOptions],
  ['bedrock', bedrockOptions],
  ['gemini', geminiOptions],
  ['ollama', ollamaOptions],
  ['openai', openaiOptions],
  ['openai-compatible', openaiCompatibleOptions],
  ['sim', simOptions],
  ['vertex', vertexOptions],
]);
