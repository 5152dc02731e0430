// Tool call ids on their way to an upstream: kept when it takes them, else hashed. The same id always
// becomes the same one, so calls and their results stay together and prompts stay cacheable.
import { createHash } from 'node:crypto';
import type { ChatQuirks } from './quirks.ts';

/** What OpenAI takes at most. */
const MOST = 40;
const NINE = 9;

export function wireCallId(id: string, quirks: ChatQuirks): string {
  if (quirks.callIds === 'nine') return isNine(id) ? id : digest(id).slice(0, NINE);
  return id !== '' && id.length <= MOST ? id : `call_${digest(id).slice(0, 32)}`;
}

function isNine(id: string): boolean {
  return /^[A-Za-z0-9]{9}$/.test(id);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Names of people must not cross vendors: 64 characters that tell callers apart and nothing else. */
export function hashedIdentity(user: string): string {
  return digest(user);
}
