// Short stand-ins for texts: the same text always has the same one, and none tells what it stands for.
import { createHash } from 'node:crypto';

/** 64 hexadecimal digits. */
export function hexDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
