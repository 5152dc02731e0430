// The response object that opens and closes every reply: its own ids and state, and much of what the caller
// asked for, repeated in the caller's own words.

import type { CallWire } from '../../canonical/call-wire.ts';
import { isOfMachine } from '../../canonical/head-extras.ts';
import { asString, type Json } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { named } from '../../lib/json-scan.ts';
import { responseId } from './encode-error.ts';

type Start = Extract<ReplyEvent, { type: 'start' }>;

export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  /** Why it is incomplete. */
  readonly reason?: string | undefined;
  /** Items, each as JSON text. */
  readonly output: readonly string[];
  /** JSON text. */
  readonly usage?: string | undefined;
}

/** Fields that repeat the call, and what they are when the call does not say. JSON text. */
const repeated: readonly (readonly [string, string])[] = [
  ['instructions', 'null'],
  ['max_output_tokens', 'null'],
  ['max_tool_calls', 'null'],
  ['parallel_tool_calls', 'true'],
  ['previous_response_id', 'null'],
  ['prompt_cache_key', 'null'],
  ['reasoning', '{"effort":null,"summary":null}'],
  ['safety_identifier', 'null'],
  ['store', 'true'],
  ['temperature', '1'],
  ['text', '{"format":{"type":"text"}}'],
  ['tool_choice', '"auto"'],
  ['tools', '[]'],
  ['top_logprobs', '0'],
  ['top_p', '1'],
  ['truncation', '"disabled"'],
  ['user', 'null'],
  ['metadata', '{}'],
];

export class ResponseObject {
  readonly #opening: string;
  readonly #now: () => number | null;
  readonly #rest: string;

  constructor(start: Start | undefined, options: EncoderOptions, ledger: Ledger) {
    const { callId, created, asked, elapsed } = options;
    const upstreams = start?.id ?? '';
    const id = upstreams.startsWith('resp_') ? upstreams : responseId(callId);
    const since = start?.created ?? created;
    // Another clock than ours may have told when it began.
    this.#now = () =>
      elapsed === undefined ? null : Math.max(since, created + Math.floor(elapsed() / 1000));
    this.#opening = `"id":${JSON.stringify(id)},"object":"response","created_at":${since}`;
    const model = JSON.stringify(start?.model ?? '');
    const tier = JSON.stringify(tierOf(start, ledger) ?? 'default');
    const echoes = repeated.map(([name, idle]) => `"${name}":${textOf(asked, name) ?? idle}`);
    this.#rest = `"model":${model},"service_tier":${tier},${echoes.join(',')}`;
  }

  /** The whole object as JSON text. */
  write({ status, reason, output, usage = 'null' }: ResponseState): string {
    const details = reason === undefined ? 'null' : `{"reason":"${reason}"}`;
    const completed = status === 'completed' ? this.#now() : null;
    return (
      `{${this.#opening},"status":"${status}","background":false,"completed_at":${completed},"error":null,` +
      `"incomplete_details":${details},${this.#rest},"output":[${output.join(',')}],"usage":${usage}}`
    );
  }
}

function tierOf(start: Start | undefined, ledger: Ledger): string | undefined {
  let tier: string | undefined;
  for (const [name, value] of Object.entries(start?.extras ?? {})) {
    if (name === 'service_tier' && typeof value === 'string') tier = asString(value);
    else if (!isOfMachine(name, value)) ledger.dropped(name);
  }
  return tier;
}

/** The caller's own text of a field; undefined when it is not given. */
function textOf(asked: CallWire | undefined, name: string): string | undefined {
  const field = asked === undefined ? undefined : named(asked.fields, name);
  if (asked === undefined || field === undefined) return undefined;
  const text = asked.bytes.toString('utf8', field.start, field.end);
  if (text === 'null') return undefined;
  // A line break between tokens would end the event it stands in.
  return text.includes('\n') || text.includes('\r') ? onOneLine(text) : text;
}

function onOneLine(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
