// Gemini CLI: generateContent. Left to itself it first asks a small model which one to take.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Launch, Place, Way } from './agent.ts';

function launch(args: readonly string[], { home, url, key }: Place, prompt: string): Launch {
  const folder = join(home, '.gemini');
  mkdirSync(folder);
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
    // Of its own accord it would ask ten times, for minutes.
    general: { enableAutoUpdate: false, maxAttempts: 2 },
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  return {
    args: ['--skip-trust', '--approval-mode', 'yolo', ...args, '-p', prompt],
    env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key },
  };
}

const usual = {
  face: 'generate',
  parallel: true,
  asides: 0,
  brokenOff: ['streamed', 'streamed'],
  allFailed: ['streamed', 'streamed'],
  tooLong: { figures: 'stops', words: 'stops' },
} as const satisfies Partial<Way>;

export const geminiCli: Agent = {
  id: 'gemini-cli',
  package: '@google/gemini-cli',
  version: '0.61.0',
  command: 'gemini',
  said: (output) => output.trim().split('\n').at(-1) ?? '',
  ways: [
    {
      ...usual,
      id: 'a name of ours',
      model: 'coder',
      prepare: (place, prompt) => launch(['-m', 'coder'], place, prompt),
    },
    {
      ...usual,
      id: 'its own choice',
      model: 'coder',
      asides: 1,
      prepare: (place, prompt) => launch([], place, prompt),
    },
  ],
};
