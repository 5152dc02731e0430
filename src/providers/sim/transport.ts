// The simulator as a transport: reads a call, writes its script, lets it run. No sockets, no network.
import { parseObject } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { SimulationOptions } from '../../canonical/provider.ts';
import type { Transport, WireCall, WireEnd, WireReceiver } from '../../canonical/wire.ts';
import type { Dialect, SimCall } from './call.ts';
import { chatBeats, chatBody } from './chat.ts';
import { completionBeats, completionBody, readCompletion } from './completion.ts';
import { embedErrand, rerankErrand, type SimErrand } from './errands.ts';
import { createFailures, failingPlay, refusalPlay } from './failures.ts';
import { countBody, messagesBeats, messagesBody } from './messages.ts';
import { type SimSettings, simSettings } from './options.ts';
import { Pacer, type Schedule, timeouts } from './pace.ts';
import { type Beat, bodyPlay, type Colophon, type Play, streamPlay } from './play.ts';
import { readChat } from './read-chat.ts';
import { readMessages } from './read-messages.ts';
import { Run, type Tempo } from './run.ts';
import { type Script, writeScript } from './script.ts';

const INSTANT: Tempo = { ttft: 0, interval: 0, jitter: 0 };

interface Performance {
  readonly play: Play;
  readonly tempo: Tempo;
}

/** `schedule` replaces timeouts in tests. */
export function createSim(options: SimulationOptions, schedule: Schedule = timeouts): Transport {
  const { clock, random } = options;
  const models = simSettings(options.options);
  const failureOf = createFailures(random);
  const hands = { clock, random, pacer: new Pacer(clock, schedule) };
  const running = new Set<Run>();
  let calls = 0;

  function perform(wire: WireCall): Performance {
    calls += 1;
    const serial = calls.toString(36).padStart(6, '0');
    const path = wire.path.split('?', 1)[0] ?? '';
    const dialect: Dialect = path.includes('/messages') ? 'messages' : 'chat';
    try {
      return answer(readTask(path, wire), serial);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { play: refusalPlay(dialect, error, serial), tempo: INSTANT };
    }
  }

  function answer({ call, play, bounded }: Task, serial: string): Performance {
    const settings = models.get(call.model);
    if (settings === undefined) {
      throw new GatewayError('model_not_found', `There is no simulated model "${call.model}".`, {
        param: 'model',
        remedy: `Simulated models: ${[...models.keys()].join(', ')}.`,
      });
    }
    if (bounded) checkWindow(call, settings);
    const created = Math.floor(clock.wall() / 1000);
    const good = play({ serial, model: call.model, created, includeUsage: call.includeUsage });
    const failure = failureOf(call, settings);
    return { play: failure === undefined ? good : failingPlay(failure, good, call, serial), tempo: settings };
  }

  function send(wire: WireCall, to: WireReceiver): Promise<WireEnd> {
    if (wire.cancel.requested) {
      const reason = wire.cancel.reason ?? 'cancelled';
      const error = new GatewayError('client_gone', `The call was cancelled: ${reason}.`);
      return Promise.resolve({ ok: false, error, sent: false });
    }
    const { play, tempo } = perform(wire);
    return new Promise((resolve) => {
      const run = new Run(play, tempo, wire, to, hands, (end) => {
        running.delete(run);
        resolve(end);
      });
      running.add(run);
      run.begin();
    });
  }

  function close(): void {
    for (const run of running) {
      run.stop(new GatewayError('upstream_reset', 'The simulated upstream was closed.'));
    }
  }

  return { send, close };
}

/** What is asked, and the play in which all goes well. */
interface Task {
  readonly call: SimCall;
  /** Does it have to fit into the model's window? */
  readonly bounded: boolean;
  play(colophon: Colophon): Play;
}

function readTask(path: string, wire: WireCall): Task {
  const read = readers.find(([end]) => path.endsWith(end))?.[1];
  if (wire.method !== 'POST' || read === undefined) {
    throw new GatewayError('not_found', `The simulator has nothing at ${wire.method} ${path}.`);
  }
  const only = wire.body.length === 1 ? wire.body[0] : undefined;
  return read(parseObject(only ?? Buffer.concat(wire.body as Buffer[])));
}

const readers: readonly (readonly [end: string, read: (body: JsonObject) => Task])[] = [
  ['/chat/completions', (body) => told(readChat(body), chatTellers)],
  ['/completions', (body) => told(readCompletion(body), completionTellers)],
  ['/messages', (body) => told(readMessages(body, false), messagesTellers)],
  ['/messages/count_tokens', (body) => counted(readMessages(body, true))],
  ['/embeddings', (body) => done(embedErrand(body))],
  ['/rerank', (body) => done(rerankErrand(body))],
];

interface Tellers {
  readonly idHeader: string;
  whole(script: Script, colophon: Colophon): string;
  beats(script: Script, colophon: Colophon): readonly Beat[];
}

const chatTellers: Tellers = { idHeader: 'x-request-id', whole: chatBody, beats: chatBeats };
const completionTellers: Tellers = {
  idHeader: 'x-request-id',
  whole: completionBody,
  beats: completionBeats,
};
const messagesTellers: Tellers = { idHeader: 'request-id', whole: messagesBody, beats: messagesBeats };

function told(call: SimCall, { idHeader, whole, beats }: Tellers): Task {
  return {
    call,
    bounded: true,
    play(colophon) {
      const script = writeScript(call);
      const headers = { [idHeader]: `req_sim_${colophon.serial}` };
      if (call.stream) return streamPlay(beats(script, colophon), headers);
      return bodyPlay(200, whole(script, colophon), script.output, headers);
    },
  };
}

function counted(call: SimCall): Task {
  return { call, bounded: false, play: () => bodyPlay(200, countBody(call.prompt.tokens), 0) };
}

function done({ call, body }: SimErrand): Task {
  const play = ({ serial }: Colophon) => bodyPlay(200, body, 0, { 'x-request-id': `req_sim_${serial}` });
  return { call, bounded: false, play };
}

function checkWindow(call: SimCall, settings: SimSettings): void {
  const input = call.prompt.tokens;
  const output = call.maxTokens ?? 0;
  const limit = settings.contextWindow;
  if (input + output <= limit) return;
  throw new GatewayError('context_too_long', windowWords(call.dialect, input, output, limit), {
    param: 'messages',
    context: { input, output, limit },
  });
}

/** The vendors' wording, to the letter: it is all that clients have to act on. */
function windowWords(dialect: Dialect, input: number, output: number, limit: number): string {
  if (dialect === 'chat') {
    return `This model's maximum context length is ${limit} tokens. However, you requested ${input + output} tokens (${input} in the messages, ${output} in the completion). Please reduce the length of the messages or completion.`;
  }
  if (input > limit) return `prompt is too long: ${input} tokens > ${limit} maximum`;
  return `input length and \`max_tokens\` exceed context limit: ${input} + ${output} > ${limit}, decrease input length or \`max_tokens\` and try again`;
}
