// Who calls: carried by every call from the first day, with one default tenant.
import type { KeyId, ProjectId, TenantId, UserId } from './ids.ts';

/** Who goes first where calls wait. */
export type Priority = 'high' | 'normal' | 'low';

export interface Caller {
  readonly tenant: TenantId;
  readonly project: ProjectId;
  readonly user: UserId;
  readonly key: KeyId;
  readonly keyName: string;
  /** Undefined: the key says nothing about it. */
  readonly priority?: Priority | undefined;
}
