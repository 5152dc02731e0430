// One plain view of a call in any dialect, so that what an agent asked and what its model was asked can be compared.
import type { JsonValue } from '../testkit/json-value.ts';

export type Dialect = 'chat' | 'messages' | 'responses' | 'generate';

export interface AskedTool {
  readonly name: string;
  /** JSON Schema of its input; a free-text tool has none. */
  readonly schema: JsonValue | undefined;
}

export interface AskedCall {
  /** System and developer words, wherever they stand, in order. */
  readonly system: string;
  readonly user: string;
  readonly tools: readonly AskedTool[];
  /** Tool calls of earlier turns, as they come back. */
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: JsonValue }[];
  readonly results: readonly { readonly id: string; readonly text: string }[];
  /** Reasoning of earlier turns, as it comes back; sealed bytes, too. */
  readonly thoughts: string;
}

interface Draft {
  system: string[];
  user: string[];
  calls: AskedCall['calls'][number][];
  results: AskedCall['results'][number][];
  thoughts: string[];
}

const readers: Readonly<Record<Dialect, (body: JsonValue, into: Draft) => readonly AskedTool[]>> = {
  chat: readChat,
  messages: readMessages,
  responses: readResponses,
  generate: readGenerate,
};

/** One dialect says it in the path, the others in the body. */
export function isStreamed(path: string, body: JsonValue): boolean {
  return path.includes(':streamGenerateContent') || body.stream === true;
}

export function readCall(dialect: Dialect, body: JsonValue): AskedCall {
  const draft: Draft = { system: [], user: [], calls: [], results: [], thoughts: [] };
  const tools = readers[dialect](body, draft);
  const { calls, results } = draft;
  return {
    system: draft.system.join('\n'),
    user: draft.user.join('\n'),
    tools,
    calls,
    results,
    thoughts: draft.thoughts.join('\n'),
  };
}

function readChat(body: JsonValue, into: Draft): readonly AskedTool[] {
  for (const message of body.messages) {
    if (message.role === 'system' || message.role === 'developer') into.system.push(textOf(message.content));
    if (message.role === 'user') into.user.push(textOf(message.content));
    if (message.role === 'tool') {
      into.results.push({ id: message.tool_call_id, text: textOf(message.content) });
    }
    if (message.reasoning_content !== undefined) into.thoughts.push(message.reasoning_content);
    for (const { id, function: called } of message.tool_calls ?? []) {
      into.calls.push({ id, name: called.name, input: JSON.parse(called.arguments) });
    }
  }
  return (body.tools ?? []).map((tool: JsonValue) => ({
    name: tool.function.name,
    schema: tool.function.parameters,
  }));
}

function readMessages(body: JsonValue, into: Draft): readonly AskedTool[] {
  into.system.push(textOf(body.system));
  for (const { role, content } of body.messages) {
    if (typeof content === 'string') into[role === 'system' ? 'system' : 'user'].push(content);
    else for (const block of content) readBlock(role, block, into);
  }
  return (body.tools ?? []).map((tool: JsonValue) => ({ name: tool.name, schema: tool.input_schema }));
}

function readBlock(role: string, block: JsonValue, into: Draft): void {
  switch (block.type) {
    case 'text':
      if (role !== 'assistant') into[role === 'system' ? 'system' : 'user'].push(block.text);
      return;
    case 'tool_use':
      into.calls.push({ id: block.id, name: block.name, input: block.input });
      return;
    case 'tool_result':
      into.results.push({ id: block.tool_use_id, text: textOf(block.content) });
      return;
    case 'thinking':
      into.thoughts.push(`${block.thinking}${block.signature}`);
      return;
    default:
  }
}

function readResponses(body: JsonValue, into: Draft): readonly AskedTool[] {
  into.system.push(body.instructions ?? '');
  const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input;
  for (const item of items) readItem(item, into);
  const brought = items.filter(({ type }: JsonValue) => type === 'additional_tools');
  return [body, ...brought].flatMap(({ tools }) => tools ?? []).flatMap(responsesTools);
}

function readItem(item: JsonValue, into: Draft): void {
  switch (item.type) {
    case 'function_call':
      into.calls.push({ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) });
      return;
    case 'custom_tool_call':
      into.calls.push({ id: item.call_id, name: item.name, input: item.input });
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      into.results.push({ id: item.call_id, text: textOf(item.output) });
      return;
    case 'reasoning':
      into.thoughts.push(`${textOf(item.summary)}${item.encrypted_content ?? ''}`);
      return;
    default:
      if (item.role === 'user') into.user.push(textOf(item.content));
      if (item.role === 'system' || item.role === 'developer') into.system.push(textOf(item.content));
  }
}

function responsesTools(tool: JsonValue): readonly AskedTool[] {
  if (tool.type === 'function') return [{ name: tool.name, schema: tool.parameters }];
  if (tool.type === 'custom') return [{ name: tool.name, schema: undefined }];
  if (tool.type !== 'namespace') return [];
  return tool.tools.flatMap(responsesTools).map((inner: AskedTool) => ({
    ...inner,
    name: `${tool.name}.${inner.name}`,
  }));
}

function readGenerate(body: JsonValue, into: Draft): readonly AskedTool[] {
  into.system.push(textOf(body.systemInstruction?.parts));
  for (const { parts, role } of body.contents) {
    for (const part of parts) readPart(role, part, into);
  }
  return (body.tools ?? [])
    .flatMap((tool: JsonValue) => tool.functionDeclarations ?? [])
    .map((tool: JsonValue) => ({ name: tool.name, schema: tool.parametersJsonSchema ?? tool.parameters }));
}

function readPart(role: string, part: JsonValue, into: Draft): void {
  const { functionCall: called, functionResponse: result } = part;
  if (called !== undefined) into.calls.push({ id: called.id, name: called.name, input: called.args });
  else if (result !== undefined) into.results.push({ id: result.id, text: textOfResult(result.response) });
  else if (part.thought === true) into.thoughts.push(part.text);
  else if (part.text !== undefined && role === 'user') into.user.push(part.text);
  if (part.thoughtSignature !== undefined) into.thoughts.push(part.thoughtSignature);
}

function textOfResult(response: JsonValue): string {
  return Object.values(response)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join('\n');
}

/** The words of a content field, be it text or a list of parts. */
function textOf(content: JsonValue): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part: JsonValue) => part.text ?? '').join('\n');
}
