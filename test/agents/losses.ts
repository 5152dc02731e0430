// What is lost between an agent and a model behind another dialect, written down: more than that is a finding.
// `UPDATE_GOLDEN=1 npm run test:agents` writes it anew; then read the difference.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { readCall } from './asked-call.ts';
import type { Story } from './stage.ts';
import { upstreamKinds } from './upstream-kinds.ts';

const FILE = join('test', 'agents', 'golden', 'losses.json');
type Losses = Record<string, readonly string[]>;

export function checkLosses(story: Story): void {
  const known = JSON.parse(readFileSync(FILE, 'utf8')) as Losses;
  const place = `${story.agent.id}, ${story.way.id} > ${story.upstream}`;
  const found = lossesIn(story);
  if (process.env['UPDATE_GOLDEN'] !== undefined) {
    const all = Object.entries({ ...known, [place]: found }).sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
    return;
  }
  assert.deepEqual(found, known[place], `Other things are lost than ${FILE} says for ${place}.`);
}

const LOST = 'what the model thought before its first call';

/** Of all calls of the conversation together. */
function lossesIn({ sent, got, upstream }: Story): readonly string[] {
  const names = sent.flatMap(({ replyHeaders }) => {
    const header = String(replyHeaders['x-signalbox-translation'] ?? '');
    return /dropped=([^;]*)/.exec(header)?.[1]?.split(',') ?? [];
  });
  const { seal } = upstreamKinds[upstream];
  const replayed = readCall(upstream, got[1]?.json).thoughts;
  return [...new Set(replayed.includes(seal) ? names : [...names, LOST])].sort();
}
