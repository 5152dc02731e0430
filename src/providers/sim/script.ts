// Decides what a simulated model says: the same call gets the same words, streamed or not.
import { isObject, type JsonObject } from '../../canonical/json.ts';
import type { SimCall, SimTool } from './call.ts';
import { minimalInstance } from './instance.ts';
import { cutPieces } from './pieces.ts';
import { hashOf, label, longProseFrom, proseFrom, thoughtsFrom } from './prose.ts';

export interface Segment {
  readonly type: 'reasoning' | 'text' | 'tool';
  /** The tool's name. */
  readonly name: string;
  /** The words, or the arguments as JSON, cut into tokens. */
  readonly pieces: readonly string[];
}

export interface ScriptChoice {
  readonly segments: readonly Segment[];
  readonly finish: 'stop' | 'stop_sequence' | 'length' | 'tools';
  /** The stop string that was met. */
  readonly sequence: string | undefined;
}

export interface Script {
  readonly choices: readonly ScriptChoice[];
  readonly input: number;
  readonly output: number;
  /** Of `output`. */
  readonly reasoning: number;
}

const LONGEST_QUOTE = 400;
const MOST_TOKENS = 32_000;
const MOST_CALLS = 16;

export function writeScript(call: SimCall): Script {
  const tools = toolsToCall(call);
  const choices = Array.from({ length: call.n }, (_, i) => writeChoice(call, tools, i));
  const segments = choices.flatMap((choice) => choice.segments);
  return {
    choices,
    input: call.prompt.tokens,
    output: tokensOf(segments),
    reasoning: tokensOf(segments.filter((segment) => segment.type === 'reasoning')),
  };
}

export function tokensOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.pieces.length, 0);
}

function writeChoice(call: SimCall, tools: readonly SimTool[], index: number): ScriptChoice {
  const seed = hashOf(`${call.model}\n${index}\n${call.prompt.lastUser}`);
  const segments: Segment[] = [];
  if (call.thoughts > 0) segments.push(reasoningFor(call, seed));
  const stopped = cutAtStop(textFor(call, tools, seed), call.stop);
  if (stopped.text !== '') segments.push({ type: 'text', name: '', pieces: cutPieces(stopped.text) });
  const calls = stopped.sequence === undefined ? tools : [];
  for (const tool of calls) segments.push(toolSegment(tool));
  const fitted = fit(segments, call.maxTokens ?? Number.POSITIVE_INFINITY);
  if (fitted.cut) return { segments: fitted.segments, finish: 'length', sequence: undefined };
  if (stopped.sequence !== undefined) {
    return { segments, finish: 'stop_sequence', sequence: stopped.sequence };
  }
  return { segments, finish: calls.length > 0 ? 'tools' : 'stop', sequence: undefined };
}

function reasoningFor(call: SimCall, seed: number): Segment {
  const pieces = cutPieces(`${label(call.model)} ${thoughtsFrom(seed, call.thoughts)}`);
  return { type: 'reasoning', name: '', pieces: pieces.slice(0, call.thinkingBudget ?? pieces.length) };
}

function toolSegment(tool: SimTool): Segment {
  const value = minimalInstance(tool.schema);
  // Arguments are an object, whatever the schema forgot to say.
  const input = JSON.stringify(isObject(value) ? value : {});
  return { type: 'tool', name: tool.name, pieces: cutPieces(input) };
}

/** A tool is called when the choice demands it or the last user message names it. */
function toolsToCall(call: SimCall): readonly SimTool[] {
  const { mode, names } = call.choice;
  const offered = names === undefined ? call.tools : call.tools.filter((tool) => names.includes(tool.name));
  if (mode === 'none') return [];
  if (mode === 'auto' && call.prompt.results.length > 0) return [];
  const named = mentioned(offered, call.prompt.lastUser);
  const wanted = named.length === 0 && mode === 'required' ? offered.slice(0, 1) : named;
  return wanted.slice(0, call.parallel ? MOST_CALLS : 1);
}

/** In the order in which the text names them. */
function mentioned(tools: readonly SimTool[], text: string): readonly SimTool[] {
  return tools
    .map((tool) => ({ tool, at: wordIn(text, tool.name) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ tool }) => tool);
}

function wordIn(text: string, word: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isNameSign(text[at - 1]) && !isNameSign(text[at + word.length])) return at;
  }
  return -1;
}

function isNameSign(sign: string | undefined): boolean {
  return sign !== undefined && /[A-Za-z0-9_-]/.test(sign);
}

function textFor(call: SimCall, tools: readonly SimTool[], seed: number): string {
  const { prompt, schema } = call;
  if (tools.length > 0) {
    // A forced call comes without words, as from the vendors.
    if (call.choice.mode === 'required') return '';
    return `${label(call.model)} I will call ${tools.map((tool) => tool.name).join(' and ')}.`;
  }
  if (schema !== undefined) return documentFor(schema);
  const wanted = /\[\[tokens:(\d{1,6})\]\]/.exec(prompt.lastUser)?.[1];
  if (wanted !== undefined) return textOfLength(call.model, seed, Math.min(Number(wanted), MOST_TOKENS));
  const said = [label(call.model)];
  if (prompt.images > 0) said.push(`I was shown ${prompt.images} image${prompt.images === 1 ? '' : 's'}.`);
  if (prompt.results.length > 0) said.push(`The tools answered: ${prompt.results.map(quote).join(' and ')}.`);
  said.push(proseFrom(seed));
  return said.join(' ');
}

function documentFor(schema: JsonObject): string {
  if (Object.keys(schema).length === 0) return '{"simulated":true}';
  return JSON.stringify(minimalInstance({ type: 'object', ...schema }));
}

/** Exactly so many tokens: what benchmarks ask for. */
function textOfLength(model: string, seed: number, tokens: number): string {
  const prose = `${label(model)} ${longProseFrom(seed, tokens * 9)}`;
  return cutPieces(prose).slice(0, tokens).join('');
}

function quote(result: string): string {
  return `"${Array.from(result.slice(0, LONGEST_QUOTE * 2))
    .slice(0, LONGEST_QUOTE)
    .join('')}"`;
}

interface Stopped {
  readonly text: string;
  readonly sequence: string | undefined;
}

function cutAtStop(text: string, stops: readonly string[]): Stopped {
  let at = text.length;
  let sequence: string | undefined;
  for (const stop of stops) {
    const found = text.indexOf(stop);
    if (found < 0 || found >= at) continue;
    at = found;
    sequence = stop;
  }
  return { text: text.slice(0, at), sequence };
}

/** Words are cut where the tokens run out; a tool call is made whole or not at all. */
function fit(segments: readonly Segment[], most: number): { segments: readonly Segment[]; cut: boolean } {
  if (tokensOf(segments) <= most) return { segments, cut: false };
  const kept: Segment[] = [];
  let left = most;
  for (const segment of segments) {
    if (segment.pieces.length <= left) {
      kept.push(segment);
      left -= segment.pieces.length;
      continue;
    }
    if (segment.type !== 'tool' && left > 0) kept.push({ ...segment, pieces: segment.pieces.slice(0, left) });
    break;
  }
  return { segments: kept, cut: true };
}
