// One small question over the transport, for what a call needs before it can be sent: tokens and credentials.
// Bounded in time and size; words of the answer are told to nobody, since they may hold what was asked for.
import { GatewayError } from '../canonical/errors.ts';
import { asObject, type Json, type JsonObject } from '../canonical/json.ts';
import type { Origin, Transport, WireCall, WireHeaders } from '../canonical/wire.ts';
import { Cancel } from '../lib/cancel.ts';

const PATIENCE = 10_000;
const MOST_ANSWER = 256 * 1024;

export interface Question {
  readonly origin: Origin;
  readonly method: WireCall['method'];
  readonly path: string;
  readonly headers: WireHeaders;
  readonly body?: string;
  /** Whom it is put to, for messages. */
  readonly whom: string;
  /** What to do when it does not answer as it should. */
  readonly remedy?: string;
}

/** The text of a 200; else an error that names the status. */
export async function askText(transport: Transport, question: Question): Promise<string> {
  const { origin, method, path, headers, body, whom, remedy } = question;
  const cancel = new Cancel();
  const chunks: Buffer[] = [];
  let status = 0;
  let size = 0;
  const end = await transport.send(
    {
      origin,
      method,
      path,
      headers,
      body: body === undefined ? [] : [Buffer.from(body)],
      timers: {
        connect: PATIENCE,
        firstByte: PATIENCE,
        firstContent: PATIENCE,
        idle: PATIENCE,
        total: PATIENCE,
      },
      cancel,
    },
    {
      head: (head) => {
        status = head.status;
      },
      data: (bytes) => {
        size += bytes.length;
        if (size > MOST_ANSWER) cancel.request('the answer is too large');
        else chunks.push(bytes);
      },
    },
  );
  if (!end.ok) throw refused(`${whom} could not be reached: ${end.error.message}`, undefined, remedy);
  if (status !== 200) throw refused(`${whom} answered with status ${status}.`, status, remedy);
  return Buffer.concat(chunks).toString('utf8');
}

export async function askJson(transport: Transport, question: Question): Promise<JsonObject> {
  const text = await askText(transport, question);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    value = null;
  }
  const object = asObject(value);
  if (object === undefined) throw refused(`${question.whom} answered with something that is not JSON.`);
  return object;
}

export function refused(message: string, status?: number, remedy = REMEDY): GatewayError {
  return new GatewayError('upstream_auth', message, {
    remedy,
    ...(status === undefined ? {} : { upstream: { status } }),
  });
}

const REMEDY = 'Check the credentials of this upstream.';

/** What is wrong on this machine is for its operator: callers read that something is. */
export function refusedHere(message: string): GatewayError {
  return new GatewayError('upstream_auth', 'The credentials of this upstream cannot be read.', {
    remedy: REMEDY,
    operator: message,
  });
}

/** A URL taken apart; one that is none is a mistake in the config. */
export function placeOf(url: string, whom: string): { readonly origin: Origin; readonly path: string } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw refused(`The address of ${whom} is not a URL.`);
  }
  const tls = parsed.protocol === 'https:';
  const port = parsed.port === '' ? (tls ? 443 : 80) : Number(parsed.port);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  return { origin: { tls, host, port }, path: parsed.pathname + parsed.search };
}
