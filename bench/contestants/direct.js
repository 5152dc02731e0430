// No gateway: what the mock and the load generator cost and can carry by themselves.

import { DIALECTS } from '../dialects.js';

/** Calls in the upstream's own dialect, as a plain proxy or no proxy at all needs them. */
export function plainCall(kind) {
  const dialect = DIALECTS[kind.upstream];
  const call = { model: dialect.model, stream: kind.stream };
  return {
    ...call,
    path: dialect.path(call),
    headers: dialect.headers('bench-upstream-secret'),
    dialect: kind.upstream,
    promptBytes: kind.promptBytes,
  };
}

/** @param {{ mock: import('../rig.js').Mock }} rig */
export function launchDirect(rig) {
  return {
    name: 'direct',
    address: { host: '127.0.0.1', port: rig.mock.port },
    hosts: ['127.0.0.1'],
    callFor: plainCall,
    stop: () => Promise.resolve(),
  };
}
