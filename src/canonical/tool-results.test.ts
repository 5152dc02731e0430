import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from './blocks.ts';
import { answeredCalls, resultsInOrder } from './tool-results.ts';

function result(callId: string): Block {
  return { type: 'tool_result', callId, content: [] };
}

describe('results', () => {
  const rows: readonly (readonly [says: string, ids: readonly string[], expected: readonly string[]])[] = [
    ['keep their order when it is that of the calls', ['a', 'b'], ['a', 'b']],
    ['come in the order of the calls', ['c', 'a', 'b'], ['a', 'b', 'c']],
    ['of calls that nobody made come last, as they came', ['y', 'b', 'x', 'a'], ['a', 'b', 'y', 'x']],
    ['may be missing', ['c'], ['c']],
  ];
  for (const [says, ids, expected] of rows) {
    it(says, () => {
      const found = resultsInOrder(ids.map(result), new Set(['a', 'b', 'c']));
      assert.deepEqual(
        found.map(([, { callId }]) => callId),
        expected,
      );
    });
  }

  it('know where they stood among other blocks', () => {
    const blocks: Block[] = [{ type: 'text', text: 'x' }, result('b'), result('a')];
    assert.deepEqual(
      resultsInOrder(blocks, ['a', 'b']).map(([at]) => at),
      [2, 1],
    );
  });

  it('tell which calls are answered', () => {
    const ids = answeredCalls([
      { role: 'assistant', blocks: [{ type: 'tool_call', id: 'a', name: 'f', input: '{}' }] },
      { role: 'user', blocks: [result('b'), { type: 'text', text: 'x' }] },
    ]);
    assert.deepEqual([...ids], ['b']);
  });
});
