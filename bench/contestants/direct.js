// No gateway: what the mock and the load generator cost and can carry by themselves.

/** Calls in the upstream's own dialect, as a plain proxy or no proxy at all needs them. */
export function plainCall(kind) {
  const messages = kind.upstream === 'messages';
  const headers = messages
    ? { 'x-api-key': 'bench-upstream-secret', 'anthropic-version': '2023-06-01' }
    : { authorization: 'Bearer bench-upstream-secret' };
  return {
    path: messages ? '/v1/messages' : '/v1/chat/completions',
    headers,
    dialect: kind.upstream,
    model: messages ? 'claude-mock' : 'gpt-4o-mini',
    stream: kind.stream,
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
