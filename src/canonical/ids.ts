// Branded ids and the unprintable secret. An id of one kind is not an id of another.

declare const brand: unique symbol;
type Branded<Kind extends string> = string & { readonly [brand]: Kind };

export type CallId = Branded<'CallId'>;
export type KeyId = Branded<'KeyId'>;
export type TenantId = Branded<'TenantId'>;
export type ProjectId = Branded<'ProjectId'>;
export type UserId = Branded<'UserId'>;

export function asCallId(text: string): CallId {
  return text as CallId;
}
export function asKeyId(text: string): KeyId {
  return text as KeyId;
}
export function asTenantId(text: string): TenantId {
  return text as TenantId;
}
export function asProjectId(text: string): ProjectId {
  return text as ProjectId;
}
export function asUserId(text: string): UserId {
  return text as UserId;
}

/** A credential we hold. Printing, serialising or inspecting it yields `[redacted]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The only way to the plain text; call it where the bytes go onto the wire, nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}
