// What a call needs on its way to an Ollama, as splices: the rest of its bytes stay. It states the window and says
// that nothing may be cut off in silence, unless the caller has said otherwise.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import type { Effort } from '../../canonical/content.ts';
import { asArray, isObject, type Json } from '../../canonical/json.ts';
import type { Hop } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { named } from '../../lib/json-scan.ts';
import { wordOf } from './encode-reasoning.ts';

/** `options`, `messages` and `prompt` that say nothing are shorter than this. */
const SHORT = 64;

export function upstreamEdits(
  wire: CallWire,
  quirks: Quirks,
  _caller?: WireHeaders,
  hop?: Hop,
): readonly Edit[] {
  const edits: Edit[] = [];
  addWindow(wire, hop?.facts?.contextWindow ?? quirks.contextWindow, edits);
  for (const name of ['truncate', 'shift']) if (!isGiven(wire, name)) edits.push({ name, value: 'false' });
  if (quirks.keepAlive !== undefined && !isGiven(wire, 'keep_alive')) {
    edits.push({ name: 'keep_alive', value: JSON.stringify(quirks.keepAlive) });
  }
  addThink(wire, edits);
  return edits;
}

/** Null counts as absent. */
function isGiven(wire: CallWire, name: string): boolean {
  return (wire.value(name) ?? null) !== null;
}

/** A model that is loaded with one window and asked with another is loaded anew: all calls state the same. */
function addWindow(wire: CallWire, window: number | undefined, edits: Edit[]): void {
  if (window === undefined) return;
  const options = wire.value('options') ?? {};
  if (!isObject(options) || (options.num_ctx ?? null) !== null) return;
  const own = `"num_ctx":${window}`;
  const field = named(wire.fields, 'options');
  const empty = field === undefined || Object.keys(options).length === 0 || 'num_ctx' in options;
  const value = empty
    ? JSON.stringify({ ...options, num_ctx: window })
    : `{${own},${wire.bytes.toString('utf8', field.start, field.end).trimStart().slice(1)}`;
  edits.push({ name: 'options', value });
}

/** It is loaded with the window that is asked for. */
export function setsWindow(wire: CallWire): boolean {
  return wire.mentions('options', '"num_ctx"');
}

const efforts: ReadonlySet<string> = new Set(['none', 'minimal', 'xhigh', 'max']);

/** Our own words for efforts, from a rule of the operator's or a caller who knows other dialects. */
function addThink(wire: CallWire, edits: Edit[]): void {
  const think = wire.value('think');
  if (typeof think !== 'string' || !efforts.has(think)) return;
  edits.push({ name: 'think', value: JSON.stringify(wordOf(think as Effort)) });
}

/** Everything there is to say can be said. */
export function fits(): boolean {
  return true;
}

/** Unless it says so, a prompt goes through the model's template: it is a turn of a chat. */
export function isBare(wire: CallWire): boolean {
  return wire.value('raw') === true;
}

/** Counters are always told in this dialect: nothing needs asking for. */
export function wantsUsage(): boolean {
  return true;
}

/** A call that asks nothing of the model stays one. */
export function prependSystem(wire: CallWire, text: string): Edit {
  if (wire.operation === 'complete') return prependPrompt(wire, text);
  const messages = asArray(wire.value('messages')) ?? [];
  const all = messages.length === 0 ? messages : [{ role: 'system', content: text }, ...messages];
  return { name: 'messages', value: JSON.stringify(all) };
}

function prependPrompt(wire: CallWire, text: string): Edit {
  const name = wire.value('raw') === true ? 'prompt' : 'system';
  const own = wire.value(name) ?? '';
  if (asksNothing(wire)) return { name, value: JSON.stringify(own) };
  return { name, value: JSON.stringify(own === '' ? text : `${text}\n\n${String(own)}`) };
}

/** Without messages, without a prompt or a text, a call only loads a model, or unloads it. */
export function asksNothing(wire: CallWire): boolean {
  const value = shortValue(wire, questionOf(wire));
  return value === undefined || value === null || value === '' || asArray(value)?.length === 0;
}

function questionOf(wire: CallWire): string {
  if (wire.operation === 'chat') return 'messages';
  return wire.operation === 'embed' && wire.has('input') ? 'input' : 'prompt';
}

/** Long values are not parsed: they say something. */
function shortValue(wire: CallWire, name: string): Json | undefined {
  const field = named(wire.fields, name);
  if (field !== undefined && field.end - field.start > SHORT) return true;
  return wire.value(name);
}

const DURATION = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)?$/;

/** `keep_alive` in any of its spellings of zero. */
export function unloads(wire: CallWire): boolean {
  const value = wire.value('keep_alive');
  if (typeof value === 'number') return value === 0;
  return typeof value === 'string' && DURATION.test(value) && Number.parseFloat(value) === 0;
}
