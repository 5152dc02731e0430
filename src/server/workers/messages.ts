// What supervisor and workers say to each other. Numbers tie answers to what was asked.
import type { Sealed } from '../../canonical/blocks.ts';
import type { TenantId } from '../../canonical/ids.ts';
import type { RunningServer } from '../running.ts';

/** What a start has found out; functions and promises stay where they are. */
export type Facts = Omit<RunningServer, 'closed' | 'stop'>;

export interface TenantSeal {
  readonly tenant: TenantId;
  readonly callId: string;
  readonly sealed: Sealed;
}

export type FromWorker =
  | { readonly say: 'ready'; readonly facts: Facts }
  | { readonly say: 'failed'; readonly why: string }
  /** Still there, with so many bytes. */
  | { readonly say: 'beat'; readonly memory: number }
  | { readonly say: 'figures'; readonly nth: number; readonly text: string }
  | { readonly say: 'sum?'; readonly nth: number }
  | { readonly say: 'sealed'; readonly seal: TenantSeal };

export type ToWorker =
  | { readonly say: 'stop' }
  | { readonly say: 'reload' }
  | { readonly say: 'figures?'; readonly nth: number }
  | { readonly say: 'sum'; readonly nth: number; readonly text: string }
  | { readonly say: 'sealed'; readonly seal: TenantSeal };

/** What a worker has of the others, and lets them have. */
export interface WorkerTies {
  /** How many there are. */
  readonly count: number;
  /** Where all of them listen. */
  readonly port: number;
  /** The metrics of all. */
  metrics(): Promise<string>;
  tellSeal(seal: TenantSeal): void;
  /** Called once, when there is something to ask for. */
  opened(own: WorkerOwn): void;
}

export interface WorkerOwn {
  metrics(): string;
  learn(seal: TenantSeal): void;
}
