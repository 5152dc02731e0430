// What only OpenAI's dialect knows, so that its bytes are passed on: moderation, speech, and pictures. Here it is
// said what their calls and answers look like from outside, and what they are billed by.
import type { CallWire } from '../../../canonical/call-wire.ts';
import type { ErrandDialect } from '../../../canonical/errand.ts';
import { asString } from '../../../canonical/json.ts';
import { type Units, type Usage, usageInUnits } from '../../../canonical/usage.ts';
import type { BodyOutline } from '../../../canonical/watchers.ts';
import { judge, judgeError, judgeEvent, statedUsage } from './judge.ts';
import { secondsUsage } from './usage.ts';

type Passed = ErrandDialect<never, never>;

/** Nobody said how much there was of what is billed. */
const unknown = (): Units => ({});

export const moderate: Passed = { defaultModel: 'omni-moderation-latest', judge: judge('results') };

export const speak: Passed = { media: true, judge: judgeError, judgeEvent, unitsOf: charactersIn };

export const listen: Passed = {
  body: 'form',
  media: true,
  judge: judge('text', secondsIn),
  judgeEvent,
  unitsOf: unknown,
};

export const draw: Passed = { media: true, judge: judge('data', picturesIn), judgeEvent, unitsOf: unknown };

export const redraw: Passed = { ...draw, body: 'either' };

/** Speech is billed by the character in most models; those that bill tokens say so in the events of a stream. */
function charactersIn(wire: CallWire): Units {
  const input = asString(wire.value('input'));
  return input === undefined ? {} : { characters: codePoints(input) };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Verbose answers of Whisper's servers say how long the sound was, and nothing else. */
function secondsIn(outline: BodyOutline): Usage | undefined {
  return statedUsage(outline) ?? secondsUsage(outline.value('duration'));
}

function picturesIn(outline: BodyOutline): Usage | undefined {
  const images = outline.length('data');
  return statedUsage(outline) ?? (images === undefined ? undefined : usageInUnits({ images }));
}
