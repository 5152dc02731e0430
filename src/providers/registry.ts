// Written by scripts/generate.js from the folders beside it; do not edit.
import type { Provider } from '../canonical/provider.ts';
import { anthropic } from './anthropic/index.ts';
import { azure } from './azure/index.ts';
import { bedrock } from './bedrock/index.ts';
import { cerebras } from './cerebras/index.ts';
import { cohere } from './cohere/index.ts';
import { deepseek } from './deepseek/index.ts';
import { fireworks } from './fireworks/index.ts';
import { gemini } from './gemini/index.ts';
import { groq } from './groq/index.ts';
import { llamacpp } from './llamacpp/index.ts';
import { lmstudio } from './lmstudio/index.ts';
import { localai } from './localai/index.ts';
import { mistral } from './mistral/index.ts';
import { moonshot } from './moonshot/index.ts';
import { nvidia } from './nvidia/index.ts';
import { ollama } from './ollama/index.ts';
import { openai } from './openai/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import { openrouter } from './openrouter/index.ts';
import { perplexity } from './perplexity/index.ts';
import { qwen } from './qwen/index.ts';
import { sglang } from './sglang/index.ts';
import { sim } from './sim/index.ts';
import { tei } from './tei/index.ts';
import { tgi } from './tgi/index.ts';
import { together } from './together/index.ts';
import { vertex } from './vertex/index.ts';
import { vllm } from './vllm/index.ts';
import { xai } from './xai/index.ts';

export const providers: readonly Provider[] = [
  anthropic,
  azure,
  bedrock,
  cerebras,
  cohere,
  deepseek,
  fireworks,
  gemini,
  groq,
  llamacpp,
  lmstudio,
  localai,
  mistral,
  moonshot,
  nvidia,
  ollama,
  openai,
  openaiCompatible,
  openrouter,
  perplexity,
  qwen,
  sglang,
  sim,
  tei,
  tgi,
  together,
  vertex,
  vllm,
  xai,
];
