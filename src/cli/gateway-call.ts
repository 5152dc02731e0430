// What can go wrong on the way to the gateway, in words that say what to do.
import { asArray, asObject, asString } from '../canonical/json.ts';
import { CommandError, FAILED } from './exit-codes.ts';
import { errorText, faces, parse } from './faces.ts';
import { callHttp, type HttpAnswer, type HttpCall } from './http-call.ts';
import type { Terminal } from './terminal.ts';
import { pathOf, type Whereabouts } from './whereabouts.ts';

/** Like callHttp, with errors for the person at the terminal. */
export async function callGateway(call: HttpCall, terminal: Terminal): Promise<HttpAnswer> {
  let answer: HttpAnswer;
  try {
    answer = await callHttp(call);
  } catch (cause) {
    throw new CommandError(FAILED, unreachable(call.url, cause, terminal.command));
  }
  if (answer.status === 200) return answer;
  throw new CommandError(FAILED, refusal(answer));
}

function unreachable(url: URL, cause: unknown, command: string): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return `Nothing listens at ${url.origin}. Start the gateway: ${command} serve`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `There is no host "${url.hostname}". Check --url.`;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return `The connection to ${url.origin} failed: ${reason}.`;
}

function refusal({ status, headers, body }: HttpAnswer): string {
  const said = errorText(parse(body)) ?? `The gateway answered with status ${status}.`;
  const remedy = remedies[status];
  const id = headers['x-request-id'];
  return [
    said,
    ...(remedy === undefined ? [] : [remedy]),
    ...(id === undefined ? [] : [`(${String(id)})`]),
  ].join(' ');
}

const remedies: Readonly<Record<number, string>> = {
  401: 'Give a key with --key or SIGNALBOX_KEY: one of those in the config, or, if it has none, the one in the state folder.',
};

/** The first model of the gateway's list. */
export async function firstModel(where: Whereabouts, terminal: Terminal): Promise<string> {
  const url = pathOf(where.url, '/v1/models');
  const { body } = await callGateway({ url, headers: faces.openai.headers(where.key) }, terminal);
  const model = asString(asObject(asArray(parse(body)['data'])?.[0])?.['id']);
  if (model !== undefined) return model;
  throw new CommandError(
    FAILED,
    'The gateway has no models. Name one with --model, or add upstreams to its config.',
  );
}
