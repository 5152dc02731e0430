// Who calls: carried by every call from the first day, with one default tenant.
import type { KeyId, ProjectId, TenantId, UserId } from './ids.ts';

export interface Caller {
  readonly tenant: TenantId;
  readonly project: ProjectId;
  readonly user: UserId;
  readonly key: KeyId;
  readonly keyName: string;
}
