// Every dialect of the matrix, in the order in which they came into the house.
import { chat } from './chat.ts';
import { cohere } from './cohere.ts';
import { converse } from './converse.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini.ts';
import { interactions } from './interactions.ts';
import { messages } from './messages.ts';
import { ollama } from './ollama.ts';
import { responses } from './responses.ts';

export const dialects: readonly Dialect[] = [
  chat,
  messages,
  responses,
  ollama,
  gemini,
  converse,
  cohere,
  interactions,
];

export function dialectOf(protocol: string): Dialect {
  const found = dialects.find((dialect) => dialect.protocol === protocol);
  if (found === undefined)
    throw new Error(`${protocol} has no cases in the matrix yet: add test/matrix/dialects.`);
  return found;
}
