// Claude Code: Messages. It hides what went wrong with a stream by asking again without one.
import { parse } from '../testkit/json-value.ts';
import type { Agent, Launch, Place, Way } from './agent.ts';

function launch({ url, key }: Place, prompt: string, env: Readonly<Record<string, string>>): Launch {
  return {
    args: [
      '-p',
      prompt,
      '--output-format',
      'json',
      '--permission-mode',
      'acceptEdits',
      '--allowedTools',
      'Bash',
    ],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ...env,
    },
  };
}

const usual = {
  face: 'messages',
  parallel: true,
  asides: 0,
  brokenOff: ['streamed', 'whole'],
  allFailed: ['streamed'],
  tooLong: { figures: 'shrinks', words: 'stops' },
} as const satisfies Partial<Way>;

export const claudeCode: Agent = {
  id: 'claude-code',
  package: '@anthropic-ai/claude-code',
  version: '2.1.328',
  installScript: '@anthropic-ai/claude-code/install.cjs',
  command: 'claude',
  said: (output) => parse(output).result,
  ways: [
    {
      ...usual,
      id: 'a name of ours',
      model: 'coder',
      prepare: (place, prompt) =>
        launch(place, prompt, { ANTHROPIC_MODEL: 'coder', ANTHROPIC_DEFAULT_HAIKU_MODEL: 'coder' }),
    },
    {
      ...usual,
      id: 'its own name',
      model: 'claude-opus-5-5',
      prepare: (place, prompt) => launch(place, prompt, {}),
    },
  ],
};
