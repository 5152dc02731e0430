// The Probe that discovery gets: small JSON requests to one upstream, bounded in time and size.
import { GatewayError } from '../canonical/errors.ts';
import { asObject, type Json, type JsonObject } from '../canonical/json.ts';
import type { Probe, ProbeAnswer, Signer } from '../canonical/provider.ts';
import type { Origin, Transport, WireCall, WireHeaders } from '../canonical/wire.ts';
import { Cancel } from '../lib/cancel.ts';

const MOST_ANSWER = 4 * 1024 * 1024;
const TOO_LARGE = 'The answer is larger than a list of models can be.';

export interface ProbeAddress {
  readonly origin: Origin;
  readonly basePath: string;
  readonly headers: WireHeaders;
  readonly signer?: Signer | undefined;
}

/** `caller`: for whom it is asked; nothing is asked on when he leaves. */
export function createProbe(
  transport: Transport,
  address: ProbeAddress,
  patience: number,
  caller?: Cancel,
): Probe {
  const send = async (
    method: 'GET' | 'POST',
    path: string,
    body: readonly Buffer[],
  ): Promise<ProbeAnswer> => {
    const cancel = new Cancel();
    const leave = (): void => cancel.request(caller?.reason ?? 'the caller left');
    caller?.onRequest(leave);
    try {
      return await ask(transport, address, patience, { method, path, body, cancel });
    } finally {
      caller?.forget(leave);
    }
  };
  return {
    get: (path) => send('GET', path, []),
    post: (path, body) => send('POST', path, [Buffer.from(JSON.stringify(body))]),
  };
}

async function ask(
  transport: Transport,
  address: ProbeAddress,
  patience: number,
  { method, path, body, cancel }: Pick<WireCall, 'method' | 'path' | 'body' | 'cancel'>,
): Promise<ProbeAnswer> {
  const chunks: Buffer[] = [];
  let status = 0;
  let size = 0;
  const wire: WireCall = {
    origin: address.origin,
    method,
    path: address.basePath + path,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...address.headers },
    body,
    timers: {
      connect: patience,
      firstByte: patience,
      firstContent: patience,
      idle: patience,
      total: patience,
    },
    cancel,
  };
  const extra = await address.signer?.sign(wire);
  const end = await transport.send(
    { ...wire, headers: { ...wire.headers, ...extra } },
    {
      head: (head) => {
        status = head.status;
      },
      data: (bytes) => {
        size += bytes.length;
        if (size > MOST_ANSWER) cancel.request(TOO_LARGE);
        else chunks.push(bytes);
      },
    },
  );
  if (!end.ok)
    throw cancel.reason === TOO_LARGE ? new GatewayError('upstream_garbled', TOO_LARGE) : end.error;
  return { status, body: parse(Buffer.concat(chunks)) };
}

function parse(bytes: Buffer): JsonObject | undefined {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as Json;
    // Some services send their list bare, without the object others put it into.
    return Array.isArray(value) ? { data: value } : asObject(value);
  } catch {
    return undefined;
  }
}

/** For the operator: with the way out, which begins with what to look at. */
export function probeFailure(error: unknown): string {
  if (!(error instanceof GatewayError)) return 'The answer could not be read.';
  const hint = hints[error.detail.upstream?.code ?? ''];
  return hint === undefined ? error.text : `${error.text} ${hint}`;
}

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Is it running, and is the port of its url right?',
  ENOTFOUND: 'Check the host in its url.',
  EAI_AGAIN: 'Check the host in its url.',
};
