// Names of people must not cross vendors.
import { hexDigest } from '../lib/digest.ts';

/** 64 characters that tell callers apart and say nothing else. */
export function hashedIdentity(user: string): string {
  return hexDigest(user);
}
