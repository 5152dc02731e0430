import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openai } from './index.ts';

const names: readonly (readonly [model: string, reasons: boolean])[] = [
  ['o1', true],
  ['o4-mini', true],
  ['gpt-5', true],
  ['gpt-5.1-codex', true],
  ['gpt-10', true],
  ['ft:o4-mini:acme', true],
  ['gpt-5-chat-latest', false],
  ['gpt-4o', false],
  ['gpt-4.1-mini', false],
  ['gpt-3.5-turbo', false],
];

for (const [model, reasons] of names) {
  test(`by its name, ${model} ${reasons ? 'reasons' : 'does not reason'}`, () => {
    assert.equal(new RegExp(openai.quirks?.reasoningModels ?? '').test(model), reasons);
  });
}
