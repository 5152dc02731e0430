// Other people's words may quote a key: vendors tell which one they did not like.

const KEYS = /\b(?:s[kb]-|xai-|gsk_|hf_|AIza)[A-Za-z0-9_*-]{12,}|(?<=\bBearer )[^\s"',]{8,}/g;

/** The text with whatever has the shape of a key left out. */
export function maskKeys(text: string): string {
  return text.replace(KEYS, '[redacted]');
}
