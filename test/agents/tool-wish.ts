// What the scripted model wants done, said by whatever tools the agent offers: they are told by their schemas.
import type { JsonValue } from '../testkit/json-value.ts';
import type { AskedTool } from './asked-call.ts';

export interface Wish {
  readonly name: string;
  readonly input: JsonValue;
}

export function wishToWrite(tools: readonly AskedTool[], path: string, content: string): Wish {
  const tool = tools.find((one) => fieldsOf(one).includes('content') && pathField(one) !== undefined);
  if (tool === undefined) return wishToRun(tools, `printf %s ${quoted(content)} > ${quoted(path)}`);
  return wish(tool, { [pathField(tool) ?? '']: path, content });
}

export function wishToRead(tools: readonly AskedTool[], path: string): Wish {
  const reads = (one: AskedTool): boolean => /^read/i.test(one.name) && pathField(one) !== undefined;
  const tool = tools.find(reads);
  if (tool === undefined) return wishToRun(tools, `cat ${quoted(path)}`);
  return wish(tool, { [pathField(tool) ?? '']: path });
}

export function wishToRun(tools: readonly AskedTool[], command: string): Wish {
  const field = (one: AskedTool): string | undefined =>
    fieldsOf(one).find((name) => name === 'command' || name === 'cmd');
  const tool = tools.find((one) => field(one) !== undefined);
  return tool === undefined ? wishInCode(tools, command) : wish(tool, { [field(tool) ?? '']: command });
}

/** Codex has one tool for models it knows: it takes a program, as free text, and what that may call is its affair. */
function wishInCode(tools: readonly AskedTool[], command: string): Wish {
  const takesText = (one: AskedTool): boolean => one.schema === undefined || fieldsOf(one).join() === 'input';
  const tool = tools.find((one) => /exec/.test(one.name) && takesText(one));
  if (tool === undefined)
    throw new Error(`No tool runs commands: ${tools.map(({ name }) => name).join(', ')}`);
  const code = `const done = await tools.exec_command({ cmd: ${JSON.stringify(command)} });\ntext(done.output);`;
  return { name: tool.name, input: tool.schema === undefined ? code : { input: code } };
}

function fieldsOf(tool: AskedTool): readonly string[] {
  return Object.keys(tool.schema?.properties ?? {});
}

function pathField(tool: AskedTool): string | undefined {
  return fieldsOf(tool).find((name) => /^(file_?path|absolute_path|path)$/i.test(name));
}

/** With something in every other field that must not be empty. */
function wish(tool: AskedTool, input: Readonly<Record<string, string>>): Wish {
  const { properties = {}, required = [] } = tool.schema;
  const missing = required.filter((name: string) => input[name] === undefined);
  const filled = missing.map((name: string) => [name, filling[properties[name].type] ?? 'As asked.']);
  return { name: tool.name, input: { ...Object.fromEntries(filled), ...input } };
}

const filling: Readonly<Record<string, JsonValue>> = { number: 1, integer: 1, boolean: false, array: [] };

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
