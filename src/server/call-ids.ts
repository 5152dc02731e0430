// Ids of calls: unique over restarts and nodes, cheap to make, and no secret.
import { randomBytes } from 'node:crypto';
import { asCallId, type CallId } from '../canonical/ids.ts';

export function createCallIds(): () => CallId {
  const run = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return asCallId(`req_${run}${count.toString(36).padStart(6, '0')}`);
  };
}
