// Written by scripts/generate.js from the folders beside it; do not edit.
import type { Provider } from '../canonical/provider.ts';
import { anthropic } from './anthropic/index.ts';
import { azure } from './azure/index.ts';
import { bedrock } from './bedrock/index.ts';
import { gemini } from './gemini/index.ts';
import { llamacpp } from './llamacpp/index.ts';
import { ollama } from './ollama/index.ts';
import { openai } from './openai/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import { sim } from './sim/index.ts';
import { tgi } from './tgi/index.ts';
import { vertex } from './vertex/index.ts';
import { vllm } from './vllm/index.ts';

export const providers: readonly Provider[] = [
  anthropic,
  azure,
  bedrock,
  gemini,
  llamacpp,
  ollama,
  openai,
  openaiCompatible,
  sim,
  tgi,
  vertex,
  vllm,
];
