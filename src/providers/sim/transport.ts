// The simulator as a transport: reads a call, writes its script, lets it run. No sockets, no network.
import { parseObject } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { SimulationOptions } from '../../canonical/provider.ts';
import type { Transport, WireCall, WireEnd, WireReceiver } from '../../canonical/wire.ts';
import type { Dialect, SimCall } from './call.ts';
import { chatBeats, chatBody } from './chat.ts';
import { createFailures, failingPlay, refusalPlay } from './failures.ts';
import { countBody, messagesBeats, messagesBody } from './messages.ts';
import { type SimSettings, simSettings } from './options.ts';
import { Pacer, type Schedule, timeouts } from './pace.ts';
import { bodyPlay, type Colophon, type Play, streamPlay } from './play.ts';
import { readChat } from './read-chat.ts';
import { readMessages } from './read-messages.ts';
import { Run, type Tempo } from './run.ts';
import { writeScript } from './script.ts';

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
    const dialect: Dialect = path.endsWith('/chat/completions') ? 'chat' : 'messages';
    try {
      return answer(readCall(path, wire), path, serial);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { play: refusalPlay(dialect, error, serial), tempo: INSTANT };
    }
  }

  function answer(call: SimCall, path: string, serial: string): Performance {
    const settings = models.get(call.model);
    if (settings === undefined) {
      throw new GatewayError('model_not_found', `There is no simulated model "${call.model}".`, {
        param: 'model',
        remedy: `Simulated models: ${[...models.keys()].join(', ')}.`,
      });
    }
    const counting = path.endsWith('/count_tokens');
    if (!counting) checkWindow(call, settings);
    const created = Math.floor(clock.wall() / 1000);
    const colophon = { serial, model: call.model, created, includeUsage: call.includeUsage };
    const good = counting ? bodyPlay(200, countBody(call.prompt.tokens), 0) : goodPlay(call, colophon);
    const failure = failureOf(call, settings);
    const play = failure === undefined ? good : failingPlay(failure, good, call, serial);
    return { play, tempo: settings };
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

function readCall(path: string, wire: WireCall): SimCall {
  const messages = path.endsWith('/messages');
  const counting = path.endsWith('/messages/count_tokens');
  if (wire.method !== 'POST' || !(messages || counting || path.endsWith('/chat/completions'))) {
    throw new GatewayError('not_found', `The simulator has nothing at ${wire.method} ${path}.`);
  }
  const only = wire.body.length === 1 ? wire.body[0] : undefined;
  const body = parseObject(only ?? Buffer.concat(wire.body as Buffer[]));
  return messages || counting ? readMessages(body, counting) : readChat(body);
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

function goodPlay(call: SimCall, colophon: Colophon): Play {
  const script = writeScript(call);
  const chat = call.dialect === 'chat';
  const id = `req_sim_${colophon.serial}`;
  const headers = chat ? { 'x-request-id': id } : { 'request-id': id };
  if (!call.stream) {
    const body = chat ? chatBody(script, colophon) : messagesBody(script, colophon);
    return bodyPlay(200, body, script.output, headers);
  }
  return streamPlay(chat ? chatBeats(script, colophon) : messagesBeats(script, colophon), headers);
}
