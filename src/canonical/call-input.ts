// Arguments of calls for dialects in which they are an object.
import type { ToolCallBlock } from './blocks.ts';
import { wrapInput } from './free-text-tools.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';

/** Calls without arguments come as an empty text as often as an empty object. `at` names them in the ledger. */
export function parseInput(text: string, ledger: Ledger, at: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // Cut off by the bound on output, or never JSON: a model wrote this. It is kept as text.
  }
  ledger.approximated(at, 'arguments that are no JSON object were wrapped');
  return wrapInput(text);
}

/** What a call was made with; free text is wrapped. */
export function inputObject(block: ToolCallBlock, ledger: Ledger, at: string): JsonObject {
  return block.custom === true ? wrapInput(block.input) : parseInput(block.input, ledger, at);
}
