// A strict reader of Ollama's replies: refuses whatever an Ollama would not send, and whatever its clients stumble on.
import { type JsonValue, parse } from './json-value.ts';
import { must, type ReplySummary, type SaidCall } from './reply-summary.ts';

const COUNTS = [
  'total_duration',
  'load_duration',
  'prompt_eval_count',
  'prompt_eval_duration',
  'eval_count',
  'eval_duration',
];
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

interface Gathered {
  text: string;
  reasoning: string;
  readonly calls: JsonValue[];
}

/** Reads a streamed answer; throws where a line is wrong. */
export function checkOllamaStream(text: string): ReplySummary {
  must(text.endsWith('\n'), 'The last line has no end.', text);
  const lines = text.slice(0, -1).split('\n');
  const gathered: Gathered = { text: '', reasoning: '', calls: [] };
  for (const [at, line] of lines.entries()) {
    must(line.startsWith('{'), 'A line is no object.', line);
    const value = parse(line);
    must(value.error === undefined, 'The stream carries an error.', value);
    must(value.done === (at === lines.length - 1), 'A line is done too early or too late.', value);
    gather(value, gathered);
  }
  return summary(parse(lines.at(-1) ?? '{}'), gathered);
}

export function checkOllamaBody(body: JsonValue): ReplySummary {
  const gathered: Gathered = { text: '', reasoning: '', calls: [] };
  must(body.done === true, 'The body is not done.', body);
  gather(body, gathered);
  return summary(body, gathered);
}

function gather(value: JsonValue, gathered: Gathered): void {
  must(typeof value.model === 'string', 'A line names no model.', value);
  must(RFC3339.test(value.created_at), 'A line has no time.', value);
  const { message } = value;
  must(message.role === 'assistant', 'A message has another role.', value);
  must(typeof message.content === 'string', 'Content is no string.', value);
  gathered.text += message.content;
  gathered.reasoning += message.thinking ?? '';
  for (const call of message.tool_calls ?? []) {
    const { index, name, arguments: input } = call.function;
    must(index === gathered.calls.length, 'Calls are not counted from 0.', value);
    must(typeof name === 'string' && name !== '', 'A call has no name.', value);
    must(
      typeof input === 'object' && input !== null && !Array.isArray(input),
      'Arguments are no object.',
      value,
    );
    gathered.calls.push({ id: call.id, name, input });
  }
}

function summary(last: JsonValue, { text, reasoning, calls }: Gathered): ReplySummary {
  for (const name of COUNTS) {
    must(Number.isInteger(last[name]) && last[name] >= 0, `"${name}" is no whole number.`, last);
  }
  must(typeof last.done_reason === 'string', 'It does not say why it ended.', last);
  return {
    text,
    reasoning,
    tools: calls as readonly SaidCall[],
    stop: last.done_reason,
    id: '',
    refusal: '',
    usage: { input: last.prompt_eval_count, output: last.eval_count },
  };
}
