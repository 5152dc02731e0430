// Replies as Cohere really sent them: watched, decoded, checked for order, and told apart from nothing they say.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import { BodyOutline } from '../../canonical/watchers.ts';
import { embed } from './embed.ts';
import { decode, outline, watch } from './replay.ts';

const folder = '../shared/fixtures/wire/cohere';
const missing = existsSync(folder) ? false : `${folder} missing`;
const names = missing === false ? readdirSync(folder) : [];

/** With the names of events, as the service sends them; a recording leaves them out. */
function streamOf(file: string): string {
  return readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `event: ${String((JSON.parse(line) as JsonObject).type)}\ndata: ${line}\n\n`)
    .join('');
}

interface Recorded {
  readonly events: readonly string[];
  readonly usage: Partial<Usage>;
}

const TEXT = 'open 0 {"type":"text"}';
const plan = 'I will use the currentTime tool to find the current time.';
const link = (start: number, end: number, text: string) =>
  `annotate 0 ${JSON.stringify({
    start,
    end,
    text,
    sources: [
      {
        type: 'document',
        id: 'doc:0',
        document: {
          id: 'doc:0',
          text: 'AI provides: 1. Automation of tasks 2. Better decision-making 3. Cost reduction',
          title: 'benefits.txt',
        },
      },
    ],
    type: 'TEXT_CONTENT',
  })}`;
const ending = (reason: string, input: number, output: number) => [
  `finish ${reason}`,
  `usage ${input} 0 ${output}`,
  'end',
];
const tool = (id: string) => [
  TEXT,
  `delta 0 ${plan}`,
  'close 0',
  `open 1 {"type":"tool_call","id":"${id}","name":"currentTime"}`,
  'delta 1 {}',
  'close 1',
  ...ending('tools', 46, 14),
];

const chats: Readonly<Record<string, Recorded>> = {
  'cohere-text.json': {
    events: [
      'start e7592632-1e3d-424f-b129-bd5f9f980f7b',
      TEXT,
      'delta 0 The capital of France is Paris.',
      'close 0',
      ...ending('stop', 12, 7),
    ],
    usage: { fresh: 12, output: 7 },
  },
  'cohere-text.chunks.txt': {
    events: [
      'start 321d178c-2c12-44d3-ae42-2f5510f6b1cc',
      TEXT,
      'delta 0 The capital of France is Paris.',
      'close 0',
      ...ending('stop', 12, 7),
    ],
    usage: { fresh: 12, output: 7 },
  },
  'cohere-max-tokens.json': {
    events: [
      'start 039584d9-7236-4ecb-9dd7-f1bed57888bc',
      TEXT,
      'delta 0 **The History of',
      'close 0',
      ...ending('length', 11, 4),
    ],
    usage: { fresh: 11, output: 4 },
  },
  'cohere-null-args.json': {
    events: ['start 316f0604-ff50-49f6-ba38-c64616e972b4', ...tool('currentTime_tf4dywn8wgnk')],
    usage: { fresh: 46, output: 14 },
  },
  'cohere-empty-tool-call.chunks.txt': {
    events: ['start 66dec7d7-45e6-427c-8fd9-7d6375d12046', ...tool('currentTime_y46ar19t5gvw')],
    usage: { fresh: 46, output: 14 },
  },
  'cohere-citations.json': {
    events: [
      'start 68475c80-574b-4c65-98a4-e81cebab5dce',
      TEXT,
      'delta 0 The key benefits mentioned in this document are:\n1. Automation of tasks\n2. Better decision-making\n3. Cost reduction',
      link(52, 71, 'Automation of tasks'),
      link(75, 97, 'Better decision-making'),
      link(101, 115, 'Cost reduction'),
      'close 0',
      ...ending('stop', 39, 27),
    ],
    usage: { fresh: 39, output: 27 },
  },
};

test('every recording of a chat is replayed', { skip: missing }, () => {
  const others = ['cohere-embedding.json', 'reranking'];
  assert.deepEqual(names.filter((name) => !others.includes(name)).sort(), Object.keys(chats).sort());
});

for (const [file, { events, usage }] of Object.entries(chats)) {
  test(`recorded: ${file}`, { skip: missing }, () => {
    const stream = file.endsWith('.txt');
    const said = stream ? streamOf(file) : readFileSync(join(folder, file), 'utf8');
    const watched = watch([said], stream);
    assert.equal(watched.fault, undefined);
    assert.equal(watched.frames.at(-1)?.[0], 'terminal');
    assert.deepEqual(watched.usage, { ...noUsage, ...usage });
    assert.equal(watched.frames.map(([, text]) => text).join(''), said);
    const decoded = decode(said, stream);
    assert.deepEqual(outline(decoded), events);
    for (let at = 1; at < said.length; at += 1) {
      const cut = watch([said.slice(0, at), said.slice(at)], stream);
      assert.deepEqual(cut, watched, `cut at ${at}`);
      assert.deepEqual(outline(eventsOf(cut.frames, stream)), events, `cut at ${at}`);
    }
  });
}

function eventsOf(frames: readonly (readonly [kind: string, text: string])[], stream: boolean): ReplyEvent[] {
  return decode(frames.map(([, text]) => text).join(''), stream);
}

test('recorded: cohere-embedding.json', { skip: missing }, () => {
  const bytes = readFileSync(join(folder, 'cohere-embedding.json'));
  assert.deepEqual(embed.judge?.(new BodyOutline(bytes)), { usage: { ...noUsage, fresh: 10 } });
  const reply = embed.translation?.decodeReply(JSON.parse(bytes.toString()) as JsonObject);
  assert.deepEqual(reply?.vectors, [
    [0.03302002, 0.020904541, -0.019744873, -0.0625, 0.04437256],
    [-0.04660034, 0.00037765503, -0.061157227, -0.08239746, -0.010360718],
  ]);
  assert.deepEqual(reply?.usage, { ...noUsage, fresh: 10 });
});
