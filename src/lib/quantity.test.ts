import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseSize } from './quantity.ts';

const durations: readonly (readonly [string, number | undefined, string])[] = [
  ['250ms', 250, 'milliseconds as they are'],
  ['3s', 3_000, 'seconds'],
  ['15m', 900_000, 'minutes, not months'],
  ['2h', 7_200_000, 'hours'],
  ['1d', 86_400_000, 'days'],
  ['1.5s', 1_500, 'fractions count'],
  ['0s', 0, 'no time at all is a duration'],
  ['30', undefined, 'a number without unit says nothing'],
  ['-3s', undefined, 'time does not run backwards'],
  ['3 s', undefined, 'no space between number and unit'],
  ['3sec', undefined, 'no other words for units'],
  ['', undefined, 'nothing is no duration'],
  ['s', undefined, 'a unit alone is no duration'],
  ['1e3s', undefined, 'no scientific notation'],
  ['999999999999999d', undefined, 'more milliseconds than a number holds exactly'],
];

for (const [text, wanted, sentence] of durations) {
  test(`duration ${JSON.stringify(text)}: ${sentence}`, () => {
    assert.equal(parseDuration(text), wanted);
  });
}

const sizes: readonly (readonly [string, number | undefined, string])[] = [
  ['4096', 4_096, 'bytes need no unit'],
  ['10b', 10, 'but may have one'],
  ['512kb', 524_288, 'a kilobyte is 1024 bytes'],
  ['20mb', 20_971_520, 'megabytes'],
  ['20MB', 20_971_520, 'in capitals too'],
  ['1gb', 1_073_741_824, 'gigabytes'],
  ['1.5kb', 1_536, 'fractions count'],
  ['-1', undefined, 'less than nothing is no size'],
  ['1tb', undefined, 'no unit beyond gigabytes'],
  ['1 gb', undefined, 'no space between number and unit'],
  ['1k', undefined, 'no shortened unit'],
  ['', undefined, 'nothing is no size'],
  ['9999999999gb', undefined, 'more bytes than a number holds exactly'],
];

for (const [text, wanted, sentence] of sizes) {
  test(`size ${JSON.stringify(text)}: ${sentence}`, () => {
    assert.equal(parseSize(text), wanted);
  });
}
