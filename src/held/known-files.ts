// Whose files the lines of one upload point to: each file is looked up once, however many lines name it, and so many
// are looked up and no more.
import { GatewayError } from '../canonical/errors.ts';
import type { TenantId } from '../canonical/ids.ts';
import type { Owners } from '../flow/admit/held-files.ts';
import type { KeptRecord, RecordKind } from '../ports.ts';

/** Two looks each, at most. */
const MOST_FILES = 1_000;

export function knownFiles(records: Owners): Owners {
  const known = new Map<string, Promise<KeptRecord | undefined>>();
  const files = new Set<string>();
  return {
    get(kind: RecordKind, tenant: TenantId, id: string) {
      files.add(id);
      if (files.size > MOST_FILES) return Promise.reject(tooMany());
      const key = JSON.stringify([kind, tenant, id]);
      const found = known.get(key) ?? records.get(kind, tenant, id);
      known.set(key, found);
      return found;
    },
  };
}

function tooMany(): GatewayError {
  return new GatewayError(
    'bad_request',
    `is the first with which the file points to more than ${MOST_FILES} files.`,
    { param: 'file_id', remedy: 'Make several batches of it.' },
  );
}
