// The keys that open this gateway: those of the config, or the one made for this machine at first start.
import { asKeyId, asProjectId, asTenantId, asUserId } from '../canonical/ids.ts';
import { digestOf } from '../flow/admit/key-digest.ts';
import { createKeyRing, type KeyRecord, type KeyRing } from '../flow/admit/key-ring.ts';
import type { KeyOptions } from '../flow/admit/options.ts';
import type { Clock } from '../ports.ts';

export interface KeyParts {
  readonly pepper: Buffer;
  readonly clock: Clock;
  readonly keys: readonly KeyOptions[];
  /** Opens the gateway to this machine when the config names no keys. */
  readonly firstKey: string | undefined;
}

export function createKeys(parts: KeyParts): KeyRing {
  const records = parts.keys.map((options) => recordOf(options, parts.pepper));
  if (parts.firstKey !== undefined) records.push(firstRecord(parts.firstKey, parts.pepper));
  return createKeyRing({ pepper: parts.pepper, clock: parts.clock, records });
}

function recordOf(options: KeyOptions, pepper: Buffer): KeyRecord {
  const digest = options.hash ?? digestOf(pepper, options.secret?.reveal() ?? '');
  return {
    id: asKeyId(options.name),
    name: options.name,
    digest,
    tenant: options.tenant,
    project: options.project,
    user: options.user,
    models: options.models,
    limits: options.limits,
    priority: options.priority,
    expires: options.expires,
    metrics: options.metrics,
  };
}

function firstRecord(text: string, pepper: Buffer): KeyRecord {
  return {
    id: asKeyId('this-machine'),
    name: 'this machine',
    digest: digestOf(pepper, text),
    tenant: asTenantId('default'),
    project: asProjectId('default'),
    user: asUserId('local'),
    limits: [],
    loopbackOnly: true,
    metrics: true,
  };
}
