// Names of people must not cross vendors.
import { hexDigest } from '../lib/digest.ts';

const MOST_IDENTITY = 64;

/** 64 characters that tell callers apart and say nothing else. */
export function hashedIdentity(user: string): string {
  return hexDigest(user);
}

/** A cache key in the letters that fit. */
export function shortKey(key: string | undefined): string | undefined {
  return key === undefined || key.length <= MOST_IDENTITY ? key : hashedIdentity(key);
}
