// What an upstream holds for a tenant beyond a call: files, and batches of calls that are answered some time later.
// A dialect says how they look; whose they are, and where, is known from records of ours.
import type { Json, JsonObject } from './json.ts';
import type { Usage } from './usage.ts';

export type HeldKind = 'file' | 'batch';

/** What is done to them. `content`: of a file, its bytes. */
export type Deed = 'create' | 'list' | 'read' | 'content' | 'delete' | 'cancel';

export interface FileNote {
  readonly id: string;
  /** Epoch milliseconds; undefined: it stays until it is deleted. */
  readonly expires: number | undefined;
}

export interface BatchNote {
  readonly id: string;
  /** Nothing more happens to it. */
  readonly over: boolean;
  /** Ids of the files it has written. */
  readonly results: readonly string[];
  /** Of one that is over: what is billed for it. Undefined: nothing was done. */
  readonly usage: Usage | undefined;
}

/** A call for a batch, read field by field: what is not understood may reach for what is not the caller's. */
export interface BatchWish {
  readonly input: string;
  /** Path of the calls in it. */
  readonly endpoint: string;
  readonly body: JsonObject;
}

/** One call of a batch file. */
export interface LineWish {
  readonly url: string;
  /** Of its body, in the line. */
  readonly start: number;
  readonly end: number;
}

export interface HeldDialect {
  /** Part of an upload that says what the file is for, and its value for calls of a batch. */
  readonly purpose: { readonly name: string; readonly batch: string };
  /** Paths of the calls that a batch may hold. */
  readonly endpoints: ReadonlySet<string>;
  /** Part of an upload that is the file. */
  readonly file: string;
  /** Most entries of a page, and how many there are unless told. */
  readonly pages: Readonly<Record<HeldKind, { readonly most: number; readonly usual: number }>>;
  /** Undefined: that is no file. */
  fileNote(body: JsonObject): FileNote | undefined;
  batchNote(body: JsonObject): BatchNote | undefined;
  /** A file of which only its id is known. */
  fileStub(id: string): JsonObject;
  /** Throws a GatewayError that names the field. */
  batchWish(body: JsonObject): BatchWish;
  /** One line of a file of calls. Throws a GatewayError. */
  lineWish(line: Buffer, maxDepth: number): LineWish;
  page(entries: readonly Json[], more: boolean): JsonObject;
}
