// Stage admit: the keys this gateway has issued, known by digest only, and what each of them may do.
import { timingSafeEqual } from 'node:crypto';
import type { Caller, Priority } from '../../canonical/caller.ts';
import type { KeyId, ProjectId, TenantId, UserId } from '../../canonical/ids.ts';
import type { Clock } from '../../ports.ts';
import type { LimitRule } from '../stage.ts';
import { KeyDigest } from './key-digest.ts';
import type { LimitScope } from './limiter.ts';
import { type NameTest, nameTest } from './name-pattern.ts';

export interface KeyRecord {
  readonly id: KeyId;
  readonly name: string;
  /** Hex of HMAC-SHA-256(pepper, key). */
  readonly digest: string;
  readonly tenant: TenantId;
  readonly project: ProjectId;
  readonly user: UserId;
  /** Model names, or patterns with `*`; undefined for all. */
  readonly models?: readonly string[] | undefined;
  readonly limits: readonly LimitRule[];
  readonly priority?: Priority | undefined;
  /** Epoch milliseconds; from then on the key is refused. */
  readonly expires?: number | undefined;
  /** Works from this machine only. */
  readonly loopbackOnly?: boolean;
  /** May read `/metrics`. */
  readonly metrics?: boolean;
}

/** A record with everything prepared that each call needs of it. */
export interface IssuedKey {
  readonly record: KeyRecord;
  readonly caller: Caller;
  /** Its limits, if it has any. */
  readonly scopes: readonly LimitScope[];
  readonly mayUse: NameTest;
}

export type KeyFault =
  | { readonly fault: 'missing' | 'unknown' }
  | { readonly fault: 'expired' | 'not_from_here'; readonly record: KeyRecord };

export interface KeyRing {
  find(presented: string | undefined, peer: string): IssuedKey | KeyFault;
}

export interface KeyRingParts {
  readonly pepper: Buffer;
  readonly records: readonly KeyRecord[];
  readonly clock: Clock;
}

const SHORTEST = 16;
const LONGEST = 512;
/** Characters of a digest that are looked up; the whole of it is then compared in constant time. */
const INDEXED = 8;

interface Filed {
  readonly digest: Buffer;
  readonly issued: IssuedKey;
}

export function createKeyRing(parts: KeyRingParts): KeyRing {
  const digests = new KeyDigest(parts.pepper);
  const filed = file(parts.records);

  function known(presented: string): IssuedKey | undefined {
    if (presented.length < SHORTEST || presented.length > LONGEST) return undefined;
    const digest = digests.of(presented);
    const candidates = filed.get(digest.slice(0, INDEXED));
    if (candidates === undefined) return undefined;
    const bytes = Buffer.from(digest, 'latin1');
    return candidates.find((candidate) => timingSafeEqual(candidate.digest, bytes))?.issued;
  }

  function faultOf({ record }: IssuedKey, peer: string): KeyFault | undefined {
    if (record.loopbackOnly === true && !isLoopback(peer)) return { fault: 'not_from_here', record };
    const expired = record.expires !== undefined && parts.clock.wall() >= record.expires;
    return expired ? { fault: 'expired', record } : undefined;
  }

  return {
    find(presented, peer) {
      if (presented === undefined) return { fault: 'missing' };
      const issued = known(presented);
      return issued === undefined ? { fault: 'unknown' } : (faultOf(issued, peer) ?? issued);
    },
  };
}

function file(records: readonly KeyRecord[]): ReadonlyMap<string, readonly Filed[]> {
  const filed = new Map<string, Filed[]>();
  for (const record of records) {
    const digest = Buffer.from(record.digest, 'hex');
    if (digest.length !== 32)
      throw new RangeError(`The digest of key "${record.name}" is not 64 hex digits.`);
    const index = digest.toString('latin1', 0, INDEXED);
    const entry = { digest, issued: issue(record) };
    filed.set(index, [...(filed.get(index) ?? []), entry]);
  }
  return filed;
}

function issue(record: KeyRecord): IssuedKey {
  return {
    record,
    caller: {
      tenant: record.tenant,
      project: record.project,
      user: record.user,
      key: record.id,
      keyName: record.name,
      priority: record.priority,
    },
    scopes:
      record.limits.length === 0
        ? []
        : [{ kind: 'key', id: record.id, name: record.name, rules: record.limits }],
    mayUse: nameTest(record.models),
  };
}

/** IPv4 and IPv6 loopback, and IPv4 as a dual-stack socket reports it. */
export function isLoopback(peer: string): boolean {
  return peer === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(peer);
}
