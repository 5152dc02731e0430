// An upstream of every dialect that fails as it is told: by the model's name, or by a call to /__fault. It serves
// tests, and stands alone (scripts/fault-upstream.js) for whoever wants to see what a gateway makes of it.
import { type Dialect, dialectOf, replyIn } from './dialects.ts';
import { faultOfModel, faultScript, faults } from './faults.ts';
import { type JsonValue, parse } from './json-value.ts';
import {
  bytes,
  end,
  fin,
  head,
  json,
  pause,
  repeat,
  reset,
  type Script,
  type Step,
  stall,
} from './script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
  type UpstreamOptions,
} from './scripted-upstream.ts';

const CONTROL = '/__fault';
/** What it says when all is well. */
export const REPLY = { text: ['All ', 'is ', 'well ', 'here, ', 'as ', 'far ', 'as ', 'I ', 'can ', 'see.'] };

/** What `POST /__fault` orders. */
interface Order {
  /** A fault by its name, or a script of its own. */
  readonly fault?: string;
  readonly script?: readonly JsonValue[];
  /** For calls of this model only. */
  readonly model?: string;
  /** For so many calls; without it, until told otherwise. */
  times: number;
}

/** Answers well, unless the model's name or an order says otherwise. */
export async function createFaultUpstream(options: UpstreamOptions = {}): Promise<ScriptedUpstream> {
  const upstream = await createScriptedUpstream(options);
  const orders: Order[] = [];
  const answer = (call: RecordedCall): Script =>
    call.path === CONTROL ? control(call, orders) : conversation(call, orders);
  upstream.respond(answer);
  upstream.respondToGet((call) => (call.path === CONTROL ? json(seen(upstream)) : list(call)));
  return upstream;
}

function conversation(call: RecordedCall, orders: Order[]): Script {
  const dialect = dialectOf(call);
  if (dialect === undefined) return json({ error: { message: 'No dialect has this path.' } }, 404);
  const order = orders.find(({ model, times }) => times > 0 && (model === undefined || asksFor(call, model)));
  if (order === undefined) return named(faultOfModel(call), call, dialect);
  order.times -= 1;
  return order.script === undefined
    ? named(order.fault, call, dialect)
    : scriptOf(order.script, call, dialect);
}

function asksFor(call: RecordedCall, model: string): boolean {
  return call.text.includes(JSON.stringify(model)) || decodeURIComponent(call.path).includes(`/${model}`);
}

function named(fault: string | undefined, call: RecordedCall, dialect: Dialect): Script {
  if (fault === undefined) return replyIn(dialect, REPLY)(call);
  return (
    faultScript(fault, call, dialect, REPLY) ?? json({ error: { message: `There is no ${fault}.` } }, 400)
  );
}

function control(call: RecordedCall, orders: Order[]): Script {
  if (call.method === 'DELETE') {
    orders.length = 0;
    return json({ orders });
  }
  try {
    orders.unshift(parseOrder(parse(call.text)));
    return json({ orders: orders.map((order) => ({ ...order, times: timesOf(order) })) });
  } catch (error) {
    return json({ error: { message: String(error) } }, 400);
  }
}

function timesOf({ times }: Order): number | 'always' {
  return times === Number.POSITIVE_INFINITY ? 'always' : times;
}

function parseOrder({ fault, script, model, times = Number.POSITIVE_INFINITY }: JsonValue): Order {
  if ((fault === undefined) === (script === undefined)) throw new Error('Either a fault or a script.');
  if (fault !== undefined && !faults.some(({ name }) => name.test(fault.replace(/^fault-/, ''))))
    throw new Error(`There is no fault "${fault}".`);
  if (script !== undefined) for (const step of script) stepsOf(step, []);
  return { fault, script, model, times };
}

function scriptOf(script: readonly JsonValue[], call: RecordedCall, dialect: Dialect): Script {
  const reply = replyIn(dialect, REPLY)(call);
  return script.flatMap((step) => stepsOf(step, reply));
}

const bare: Readonly<Record<string, Step>> = { end, fin, reset, stall };

/** `"reset"`, `{ "pause": 500 }`, `{ "head": 200, "headers": {} }`, `{ "bytes": "…" }`, `{ "base64": "…" }`, `"reply"`. */
function stepsOf(step: JsonValue, reply: Script): Script {
  if (step === 'reply') return reply;
  if (typeof step === 'string') {
    const known = bare[step];
    if (known === undefined) throw new Error(`There is no step "${step}".`);
    return [known];
  }
  if (step.head !== undefined)
    return [head(step.head, step.headers ?? {}, step.raw === true ? 'raw' : 'chunked')];
  if (step.bytes !== undefined) return [bytes(String(step.bytes))];
  if (step.base64 !== undefined) return [bytes(Buffer.from(step.base64, 'base64'))];
  if (step.pause !== undefined) return [pause(Number(step.pause))];
  if (step.repeat !== undefined) {
    return [repeat(...step.repeat.flatMap((inner: JsonValue) => stepsOf(inner, reply)))];
  }
  throw new Error(`There is no step ${JSON.stringify(step)}.`);
}

/** What `GET /__fault` tells. */
function seen({ calls, open, mostOpen, accepted }: ScriptedUpstream): JsonValue {
  return {
    connections: { open, most: mostOpen, accepted },
    calls: calls
      .filter(({ path }) => path !== CONTROL)
      .map(({ path, arrivedAt, abortedAt, received, written }) => ({
        path,
        at_ms: round(arrivedAt),
        ...(abortedAt === undefined ? {} : { left_after_ms: round(abortedAt - arrivedAt) }),
        bytes: { in: received, out: written },
      })),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

/** Models of this kind are made of words: a list for whoever wants one. */
function list({ path }: RecordedCall): Script | undefined {
  const ids = ['well', ...faults.map(({ usage }) => `fault-${usage.split(',')[0]}`)];
  if (path.endsWith('/api/tags')) return json({ models: ids.map((name) => ({ name, model: name })) });
  if (!path.endsWith('/models')) return undefined;
  return json({
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', created: 0, owned_by: 'faults' })),
  });
}

const PLAIN = [
  'An upstream of every dialect (Chat, Messages, Responses, Ollama, Gemini, Converse) that fails as it is told.',
  '',
  '  node scripts/fault-upstream.js [--port 9009]',
  '',
  'Point a gateway at it and ask for a model; any name is answered well, these are not:',
];
const ORDERS = [
  'Or order what the next calls get, whatever their model (without "times": all of them):',
  '',
  `  curl -d '{"fault":"rst-after-5","times":2}' http://127.0.0.1:9009/__fault`,
  `  curl -d '{"script":[{"head":200},{"bytes":"data: {"},{"pause":500},"reset"]}' http://127.0.0.1:9009/__fault`,
  '',
  'Steps: "reply" (the good one), {"head":200,"headers":{},"raw":false}, {"bytes":"…"}, {"base64":"…"},',
  '{"pause":ms}, {"repeat":[…]}, "end", "fin", "reset", "stall".',
  '',
  '  curl -X DELETE http://127.0.0.1:9009/__fault   forgets the orders',
  '  curl http://127.0.0.1:9009/__fault             tells what it saw: connections, calls, who left when, bytes both ways',
];

export function helpText(): string {
  const width = Math.max(...faults.map(({ usage }) => usage.length)) + 2;
  const rows = faults.map(({ usage, says }) => `  fault-${usage.padEnd(width)}${says}`);
  return [...PLAIN, '', ...rows, '', ...ORDERS, ''].join('\n');
}
