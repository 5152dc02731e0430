import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { createGuardedLookup } from './guarded-lookup.ts';

/** Answers as it is told, one list after the other. */
function rig(...answers: readonly (readonly string[])[]) {
  let turn = 0;
  const lookup = createGuardedLookup((_name, _options, tell) => {
    const addresses = (answers[turn] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    turn += 1;
    tell(null, addresses);
  });
  return (all = true): Promise<string> =>
    new Promise((resolve) => {
      lookup('up.example', { all }, (error, told) => {
        if (error !== null) resolve(error.code ?? 'error');
        else
          resolve(
            Array.isArray(told) ? (told as LookupAddress[]).map(({ address }) => address).join(' ') : told,
          );
      });
    });
}

const within = [
  '127.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '::1',
  '::',
  'fd00::1',
  'fe80::1',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
  '64:ff9b::7f00:1',
];
for (const address of within) {
  test(`a public name is not followed to ${address}`, async () => {
    const ask = rig(['1.1.1.1'], [address], ['1.1.1.1', address], ['1.1.1.2']);
    assert.equal(await ask(), '1.1.1.1');
    assert.equal(await ask(), 'EREBIND');
    assert.equal(await ask(), 'EREBIND', 'not even beside a public one');
    assert.equal(await ask(), '1.1.1.2', 'and goes on when it is public again');
  });

  test(`a name that was ${address} from the beginning stays so`, async () => {
    const ask = rig([address], [address]);
    assert.equal(await ask(), address);
    assert.equal(await ask(false), address);
  });
}

for (const address of [
  '172.15.255.255',
  '172.32.0.1',
  '192.167.0.1',
  '198.18.0.1',
  '2001:db8::1',
  '64:ff9b::101:101',
]) {
  test(`${address} is not within`, async () => {
    const ask = rig(['1.1.1.1'], [address]);
    await ask();
    assert.equal(await ask(), address);
  });
}

test('of a name that says both at first, only what is outside is used', async () => {
  const ask = rig(['10.0.0.1', '1.1.1.1'], ['10.0.0.1']);
  assert.equal(await ask(), '1.1.1.1');
  assert.equal(await ask(), 'EREBIND');
});

test('a private name may become public, and is then held to it', async () => {
  const ask = rig(['10.0.0.1'], ['1.1.1.1'], ['10.0.0.1']);
  assert.deepEqual([await ask(), await ask(), await ask()], ['10.0.0.1', '1.1.1.1', 'EREBIND']);
});
