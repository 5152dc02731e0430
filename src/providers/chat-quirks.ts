// Where most services that speak OpenAI's chat dialect differ from OpenAI itself. Each states its own on top.
import type { Quirks } from '../canonical/provider.ts';

export const chatQuirks: Quirks = {
  maxTokensField: 'max_tokens',
  reasoningField: 'reasoning_content',
  schemaStyle: 'openai',
  toolChoice: 'full',
  developerRole: false,
  // Some refuse fields they do not know.
  identity: false,
  customTools: false,
};
