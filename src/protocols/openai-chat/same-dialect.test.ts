import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { openaiChat } from './index.ts';
import { upstreamEdits } from './same-dialect.ts';

/** The body after the hop; undefined when nothing is to be edited. */
function hop(text: string, quirks: Quirks): string | undefined {
  const bytes = Buffer.from(text);
  const wire = new CallWire(openaiChat, 'chat', bytes, scanObject(bytes, 64));
  const edits = upstreamEdits(wire, quirks);
  if (edits.length === 0) return undefined;
  return Buffer.concat(wire.splice(edits) as Buffer[]).toString();
}

const older: Quirks = { maxTokensField: 'max_tokens' };
const newer: Quirks = { maxTokensField: 'max_completion_tokens' };
/** As nobody would write it again: spaces, an escape, a number with a fraction. */
const odd = '"messages":[ {"role":"user", "content":"\\u00e9", "x":1.0 } ]';

const rows: readonly (readonly [why: string, quirks: Quirks, body: string, sent: string | undefined])[] = [
  ['nothing to do', {}, `{${odd}}`, undefined],
  ['no bound at all', older, `{${odd}}`, undefined],
  ['the bound is named as the upstream names it', older, `{"max_tokens":5,${odd}}`, undefined],
  ['and so is the newer name', newer, `{"max_completion_tokens":5,${odd}}`, undefined],
  ['an upstream that says nothing of names takes both', {}, `{"max_completion_tokens":5,${odd}}`, undefined],
  [
    'an old engine gets the old name, in the same place',
    older,
    `{"a":1,"max_completion_tokens" : 5 ,${odd}}`,
    `{"a":1,"max_tokens":5 ,${odd}}`,
  ],
  ['a new model gets the new name', newer, `{"max_tokens":5,${odd}}`, `{"max_completion_tokens":5,${odd}}`],
  ['who said both meant both', older, `{"max_tokens":5,"max_completion_tokens":6,${odd}}`, undefined],
  ['null says nothing', older, `{"max_completion_tokens":null,${odd}}`, undefined],
  [
    'not even where the right name is',
    older,
    `{"max_tokens":null,"max_completion_tokens":6,${odd}}`,
    `{"max_tokens":6,${odd}}`,
  ],
  [
    'a stream is asked for its usage',
    {},
    `{"stream":true,${odd}}`,
    `{"stream":true,${odd},"stream_options":{"include_usage":true}}`,
  ],
  [
    'other options stay',
    {},
    `{"stream":true,"stream_options":{"x":1},${odd}}`,
    `{"stream":true,"stream_options":{"x":1,"include_usage":true},${odd}}`,
  ],
  ['unless it was', {}, `{"stream":true,"stream_options":{"include_usage":true},${odd}}`, undefined],
  ['unless the upstream takes no such wish', { streamUsage: false }, `{"stream":true,${odd}}`, undefined],
  [
    'both at once',
    older,
    `{"stream":true,"max_completion_tokens":5,${odd}}`,
    `{"stream":true,"max_tokens":5,${odd},"stream_options":{"include_usage":true}}`,
  ],
  ['the developer role stays', { developerRole: false }, '{"messages":[{"role":"developer"}]}', undefined],
];

for (const [why, quirks, body, sent] of rows) {
  test(`same dialect: ${why}`, () => assert.equal(hop(body, quirks), sent));
}
