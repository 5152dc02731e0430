// Written by scripts/generate.js from the folders beside it; do not edit.
import type { Protocol } from '../canonical/protocol.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { bedrockConverse } from './bedrock-converse/index.ts';
import { cohereChat } from './cohere-chat/index.ts';
import { geminiGenerate } from './gemini-generate/index.ts';
import { geminiInteractions } from './gemini-interactions/index.ts';
import { ollamaChat } from './ollama-chat/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { tgiGenerate } from './tgi-generate/index.ts';

export const protocols: readonly Protocol[] = [
  anthropicMessages,
  bedrockConverse,
  cohereChat,
  geminiGenerate,
  geminiInteractions,
  ollamaChat,
  openaiChat,
  openaiResponses,
  tgiGenerate,
];
