// Codex: Responses, always streamed, with tools of kinds that no other dialect has.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '../testkit/json-value.ts';
import type { Agent, Launch, Place, Way } from './agent.ts';

function launch(model: string, { home, url, key }: Place, prompt: string): Launch {
  const folder = join(home, '.codex');
  mkdirSync(folder);
  const config = [
    `model = "${model}"`,
    'model_provider = "signalbox"',
    '',
    '[model_providers.signalbox]',
    'name = "Signalbox"',
    `base_url = "${url}/v1"`,
    'env_key = "SIGNALBOX_KEY"',
    'wire_api = "responses"',
    // The gateway has tried what there is to try; of its own accord Codex would ask thirty times.
    'request_max_retries = 1',
    'stream_max_retries = 1',
    '',
  ];
  writeFileSync(join(folder, 'config.toml'), config.join('\n'));
  return {
    args: ['exec', '--json', '--skip-git-repo-check', '--sandbox', 'danger-full-access', prompt],
    env: { CODEX_HOME: folder, SIGNALBOX_KEY: key },
  };
}

const usual = {
  face: 'responses',
  parallel: true,
  asides: 0,
  brokenOff: ['streamed', 'streamed'],
  // Each of its two tries of a stream is two tries of a request.
  allFailed: ['streamed', 'streamed', 'streamed', 'streamed'],
  tooLong: { figures: 'stops', words: 'stops' },
} as const satisfies Partial<Way>;

export const codex: Agent = {
  id: 'codex',
  package: '@openai/codex',
  version: '0.169.0',
  command: 'codex',
  said: (output) => {
    const items = output.split('\n').filter(Boolean).map(parse);
    return items.findLast((line) => line.item?.type === 'agent_message')?.item.text ?? '';
  },
  ways: [
    {
      ...usual,
      id: 'a name of ours',
      model: 'coder',
      prepare: (place, prompt) => launch('coder', place, prompt),
    },
    {
      ...usual,
      id: 'a name it knows',
      parallel: false,
      model: 'gpt-5.6-sol',
      prepare: (place, prompt) => launch('gpt-5.6-sol', place, prompt),
    },
  ],
};
