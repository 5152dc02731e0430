// What every exchange with an upstream has, whatever it is about: headers that never change, an answer that must come
// as it is, and bytes that go on no faster than they are read.
import { GatewayError } from '../../canonical/errors.ts';
import type { Secret } from '../../canonical/ids.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import type { WireFlow, WireHead, WireHeaders } from '../../canonical/wire.ts';
import type { Receiver, Upstream } from '../stage.ts';

export function fixedHeaders(
  upstream: Upstream,
  protocol: string,
  secret: Secret | undefined = upstream.secret,
): WireHeaders {
  return {
    accept: '*/*',
    'accept-encoding': 'identity',
    'user-agent': 'signalbox',
    ...upstream.provider.authorize(secret, protocol, upstream.options),
    ...upstream.headers,
  };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** `what` it sent. */
export function compressed({ headers }: WireHead, what: string): GatewayError | undefined {
  const coding = headers['content-encoding'];
  if (coding === undefined || coding === 'identity') return undefined;
  const message = `The upstream compressed its ${what} (${coding}) although told not to.`;
  return new GatewayError('upstream_garbled', message);
}

export function passOn(to: Receiver, bytes: Buffer, kind: FrameKind, flow: WireFlow | undefined): void {
  if (to.frame(bytes, kind) || kind === 'terminal' || flow === undefined) return;
  flow.pause();
  void to.drained().then(() => flow.resume());
}

/** Upstream headers a caller can use: their own request ids and rate limits. */
export function passedOn(headers: WireHeaders): WireHeaders {
  const passed: Record<string, string> = {};
  for (const name in headers) {
    if (name === 'request-id' || name === 'x-request-id') {
      passed['x-signalbox-upstream-request-id'] = headers[name] as string;
    } else if (name.startsWith('x-ratelimit-') || name.includes('-ratelimit-'))
      passed[name] = headers[name] as string;
  }
  return passed;
}
