// `${NAME}` and `${NAME:-default}` in one scalar, after YAML was read: a value cannot bring YAML with it.

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly text: string;
  readonly missing: readonly string[];
  /** A `${` that is no substitution. `$${` writes one on purpose. */
  readonly malformed: boolean;
  /** Did anything from outside the file come in? */
  readonly touched: boolean;
}

const PIECE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

export function substitute(text: string, env: Environment): Substituted {
  if (!text.includes('${')) return { text, missing: [], malformed: false, touched: false };
  const missing: string[] = [];
  let malformed = false;
  let touched = false;
  const replaced = text.replace(PIECE, (piece: string, name?: string, fallback?: string) => {
    if (piece === '$${') return '${';
    if (name === undefined) {
      malformed = true;
      return piece;
    }
    touched = true;
    const value = env[name];
    if (value !== undefined && (value !== '' || fallback === undefined)) return value;
    if (fallback === undefined) missing.push(name);
    return fallback ?? '';
  });
  return { text: replaced, missing, malformed, touched };
}
