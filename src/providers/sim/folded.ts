// For tests: a reply's meaning, from its one body or from its stream, in one shape to compare.
import assert from 'node:assert/strict';

interface FoldedCall {
  id: string;
  name: string;
  input: string;
}

export interface Folded {
  text: string;
  reasoning: string;
  signature: string;
  calls: FoldedCall[];
  finish: string | undefined;
  sequence: string | null;
  usage: unknown;
}

/** A test reads whatever came. */
type Loose = ReturnType<typeof JSON.parse>;

function blank(): Folded {
  return {
    text: '',
    reasoning: '',
    signature: '',
    calls: [],
    finish: undefined,
    sequence: null,
    usage: undefined,
  };
}

export function chatWhole(text: string, choice = 0): Folded {
  const body: Loose = JSON.parse(text);
  assert.equal(body.object, 'chat.completion');
  const { message, finish_reason: finish } = body.choices[choice];
  return {
    ...blank(),
    text: message.content ?? '',
    reasoning: message.reasoning_content ?? '',
    calls: (message.tool_calls ?? []).map((call: Loose) => ({
      id: call.id,
      name: call.function.name,
      input: call.function.arguments,
    })),
    finish,
    usage: body.usage,
  };
}

function chunksOf(text: string): Loose[] {
  const events = text.split('\n\n');
  assert.equal(events.pop(), '', 'the last event is whole');
  assert.equal(events.pop(), 'data: [DONE]');
  return events.map((event) => {
    assert.ok(event.startsWith('data: '));
    return JSON.parse(event.slice(6));
  });
}

export function chatStream(text: string, choice = 0): Folded {
  const folded = blank();
  for (const chunk of chunksOf(text)) {
    assert.equal(chunk.object, 'chat.completion.chunk');
    if (chunk.usage) folded.usage = chunk.usage;
    for (const one of chunk.choices) if (one.index === choice) foldChoice(folded, one);
  }
  return folded;
}

function foldChoice(folded: Folded, choice: Loose): void {
  assert.equal(folded.finish, undefined, 'nothing follows the finish');
  folded.text += choice.delta.content ?? '';
  folded.reasoning += choice.delta.reasoning_content ?? '';
  for (const call of choice.delta.tool_calls ?? []) {
    if (call.id !== undefined) {
      assert.equal(call.index, folded.calls.length);
      folded.calls.push({ id: call.id, name: call.function.name, input: '' });
    }
    addInput(folded.calls[call.index], call.function.arguments);
  }
  folded.finish = choice.finish_reason ?? undefined;
}

export function messagesWhole(text: string): Folded {
  const body: Loose = JSON.parse(text);
  const folded = { ...blank(), finish: body.stop_reason, sequence: body.stop_sequence, usage: body.usage };
  for (const block of body.content) {
    folded.text += block.text ?? '';
    folded.reasoning += block.thinking ?? '';
    folded.signature += block.signature ?? '';
    if (block.type === 'tool_use') {
      folded.calls.push({ id: block.id, name: block.name, input: JSON.stringify(block.input) });
    }
  }
  return folded;
}

export function messagesStream(text: string): Folded {
  const folded = blank();
  const events = text.split('\n\n');
  assert.equal(events.pop(), '', 'the last event is whole');
  const types: string[] = [];
  for (const event of events) {
    const [first, second = ''] = event.split('\n');
    const data: Loose = JSON.parse(second.slice('data: '.length));
    assert.equal(first, `event: ${data.type}`);
    types.push(data.type);
    foldEvent(folded, data);
  }
  assert.equal(types[0], 'message_start');
  assert.deepEqual(types.slice(-2), ['message_delta', 'message_stop']);
  return folded;
}

function foldEvent(folded: Folded, data: Loose): void {
  const { delta, content_block: block } = data;
  if (data.type === 'content_block_start' && block.type === 'tool_use') {
    assert.deepEqual(block.input, {});
    folded.calls.push({ id: block.id, name: block.name, input: '' });
  } else if (data.type === 'content_block_delta') {
    folded.text += delta.text ?? '';
    folded.reasoning += delta.thinking ?? '';
    folded.signature += delta.signature ?? '';
    if (delta.type === 'input_json_delta') addInput(folded.calls.at(-1), delta.partial_json);
  } else if (data.type === 'message_delta') {
    folded.finish = delta.stop_reason;
    folded.sequence = delta.stop_sequence;
    folded.usage = data.usage;
  }
}

function addInput(call: FoldedCall | undefined, text: string): void {
  assert.ok(call);
  call.input += text;
}
