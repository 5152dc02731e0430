// opencode: Chat or Messages, by the AI SDK's providers. It asks for a title beside its first turn.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Launch, Place, Way } from './agent.ts';

function launch(npm: string, { work, url, key }: Place, prompt: string): Launch {
  const options = { baseURL: `${url}/v1`, apiKey: key };
  const provider = { signalbox: { npm, name: 'Signalbox', options, models: { coder: {} } } };
  writeFileSync(join(work, 'opencode.json'), JSON.stringify({ provider }));
  return { args: ['run', '-m', 'signalbox/coder', prompt], env: {} };
}

const usual = {
  model: 'coder',
  parallel: true,
  asides: 1,
  brokenOff: ['streamed', 'streamed'],
  // It heeds no `x-should-retry`.
  allFailed: ['streamed', 'streamed', 'streamed', 'streamed', 'streamed', 'streamed'],
  tooLong: { figures: 'compacts', words: 'compacts' },
} as const satisfies Partial<Way>;

export const opencode: Agent = {
  id: 'opencode',
  package: 'opencode-ai',
  version: '1.18.33',
  installScript: 'opencode-ai/postinstall.mjs',
  command: 'opencode',
  said: (output) => output.trim().split('\n').at(-1) ?? '',
  ways: [
    {
      ...usual,
      id: 'chat',
      face: 'chat',
      prepare: (place, prompt) => launch('@ai-sdk/openai-compatible', place, prompt),
    },
    {
      ...usual,
      id: 'messages',
      face: 'messages',
      // It takes the upstream's end for its own, and knows only one of the two wordings.
      brokenOff: ['streamed'],
      tooLong: { figures: 'stops', words: 'compacts' },
      prepare: (place, prompt) => launch('@ai-sdk/anthropic', place, prompt),
    },
  ],
};
