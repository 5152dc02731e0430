// What an upstream heard, out of its own dialect: tools, calls, results, images, schema.
const readers = { chat, messages, responses, ollama, gemini, bedrock };

/** `paired`: results stand in the order of their calls and name them. */
export function heardIn(dialect, body) {
  return readers[dialect](body);
}

const dataOf = (url) => url.slice(url.indexOf(',') + 1);
const textOf = (content) =>
  typeof content === 'string' ? content : content.map((part) => part.text).join('');
const paired = (calls, results) =>
  calls.length === results.length && calls.every((id, at) => id === results[at]);

function chat({ messages: turns, tools = [], response_format: format }) {
  const calls = turns.flatMap((turn) => turn.tool_calls ?? []);
  const results = turns.filter((turn) => turn.role === 'tool');
  const parts = turns.flatMap((turn) => (Array.isArray(turn.content) ? turn.content : []));
  return {
    tools: tools.map((tool) => tool.function.name),
    calls: calls.map(({ function: { name, arguments: text } }) => ({ name, input: JSON.parse(text) })),
    results: results.map((turn) => textOf(turn.content)),
    paired: paired(
      calls.map((call) => call.id),
      results.map((turn) => turn.tool_call_id),
    ),
    images: parts.filter((part) => part.type === 'image_url').map((part) => dataOf(part.image_url.url)),
    schema: format?.json_schema?.schema,
  };
}

function messages({ messages: turns, tools = [], output_config: output }) {
  const blocks = turns.flatMap((turn) => (Array.isArray(turn.content) ? turn.content : []));
  const of = (type) => blocks.filter((block) => block.type === type);
  return {
    tools: tools.map((tool) => tool.name),
    calls: of('tool_use').map(({ name, input }) => ({ name, input })),
    results: of('tool_result').map((block) => textOf(block.content)),
    paired: paired(
      of('tool_use').map((block) => block.id),
      of('tool_result').map((block) => block.tool_use_id),
    ),
    images: of('image').map((block) => block.source.data),
    schema: output?.format?.schema,
  };
}

function responses({ input: said, tools = [], text }) {
  const input = typeof said === 'string' ? [] : said;
  const of = (type) => input.filter((item) => item.type === type);
  const parts = input.flatMap((item) => (Array.isArray(item.content) ? item.content : []));
  return {
    tools: tools.map((tool) => tool.name),
    calls: of('function_call').map((item) => ({ name: item.name, input: JSON.parse(item.arguments) })),
    results: of('function_call_output').map((item) => textOf(item.output)),
    paired: paired(
      of('function_call').map((item) => item.call_id),
      of('function_call_output').map((item) => item.call_id),
    ),
    images: parts.filter((part) => part.type === 'input_image').map((part) => dataOf(part.image_url)),
    schema: text?.format?.schema,
  };
}

function ollama({ messages: turns, tools = [], format }) {
  const calls = turns.flatMap((turn) => turn.tool_calls ?? []);
  const results = turns.filter((turn) => turn.role === 'tool');
  return {
    tools: tools.map((tool) => tool.function.name),
    calls: calls.map(({ function: { name, arguments: input } }) => ({ name, input })),
    results: results.map((turn) => turn.content),
    paired: paired(
      calls.map((call) => call.function.name),
      results.map((turn) => turn.tool_name),
    ),
    images: turns.flatMap((turn) => turn.images ?? []),
    schema: format,
  };
}

function gemini({ contents, tools = [], generationConfig: config = {} }) {
  const parts = contents.flatMap((turn) => turn.parts);
  const calls = parts.flatMap((part) => part.functionCall ?? []);
  const results = parts.flatMap((part) => part.functionResponse ?? []);
  return {
    tools: tools.flatMap((tool) => tool.functionDeclarations.map((declared) => declared.name)),
    calls: calls.map(({ name, args = {} }) => ({ name, input: args })),
    results: results.map(({ response }) => response.output ?? response.result ?? JSON.stringify(response)),
    paired: paired(
      calls.map((call) => `${call.name} ${call.id}`),
      results.map((result) => `${result.name} ${result.id}`),
    ),
    images: parts.flatMap((part) => part.inlineData?.data ?? []),
    // Its newer models refuse calls that come back without their signature.
    signed: parts.find((part) => part.functionCall !== undefined)?.thoughtSignature,
    schema: config.responseJsonSchema ?? config.responseSchema,
  };
}

function bedrock({ messages: turns, toolConfig, outputConfig }) {
  const blocks = turns.flatMap((turn) => turn.content);
  const calls = blocks.flatMap((block) => block.toolUse ?? []);
  const results = blocks.flatMap((block) => block.toolResult ?? []);
  const format = outputConfig?.textFormat?.structure?.jsonSchema?.schema;
  return {
    tools: toolConfig?.tools.map((tool) => tool.toolSpec.name) ?? [],
    calls: calls.map(({ name, input }) => ({ name, input })),
    results: results.map(({ content }) => textOf(content)),
    paired: paired(
      calls.map((call) => call.toolUseId),
      results.map((result) => result.toolUseId),
    ),
    images: blocks.flatMap((block) => block.image?.source.bytes ?? []),
    schema: format === undefined ? undefined : JSON.parse(format),
  };
}
