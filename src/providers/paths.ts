// Where a call goes below a server's address. One rule: a provider whose own paths carry the version
// ("/v1/…") is given a server's root; one whose paths do not is given a base URL that has it.
import { GatewayError } from '../canonical/errors.ts';
import type { Operation } from '../canonical/protocol.ts';
import type { Provider } from '../canonical/provider.ts';

const VERSION = '/v1';

const rootPaths: Readonly<Record<string, Readonly<Partial<Record<Operation, string>>>>> = {
  'openai-chat': { chat: '/v1/chat/completions' },
  'anthropic-messages': { chat: '/v1/messages', count: '/v1/messages/count_tokens' },
};

/** A dialect's path below a server's root, version included. */
export function rootPath(protocol: string, operation: Operation): string | undefined {
  return rootPaths[protocol]?.[operation];
}

/** The same below a base URL that ends in a version (or in whatever the vendor put there). */
export function versionedPath(protocol: string, operation: Operation): string | undefined {
  return rootPath(protocol, operation)?.slice(VERSION.length);
}

function namesVersion(provider: Provider): boolean {
  const path = provider.path?.(provider.protocols[0] ?? '', 'chat');
  return path === undefined || path.startsWith(`${VERSION}/`);
}

/**
 * What every path a provider names is appended to, discovery's included; `urlPath` is the path of the
 * configured URL. Applying it twice changes nothing.
 */
export function basePathOf(provider: Provider, urlPath: string): string {
  let path = urlPath;
  while (path.endsWith('/')) path = path.slice(0, -1);
  if (!namesVersion(provider)) return path === '' ? VERSION : path;
  return path.endsWith(VERSION) ? path.slice(0, -VERSION.length) : path;
}

/** The whole request path of one operation in one dialect. */
export function requestPath(
  provider: Provider,
  protocolId: string,
  operation: Operation,
  urlPath: string,
): string {
  const path = provider.path?.(protocolId, operation) ?? rootPath(protocolId, operation);
  if (path === undefined) {
    throw new GatewayError('internal', `${provider.id} has no path for ${operation} in ${protocolId}.`);
  }
  return basePathOf(provider, urlPath) + path;
}
