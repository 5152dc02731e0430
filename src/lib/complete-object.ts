// Arguments of a call come in pieces, and nobody says which is the last: only the text itself tells.

/** Is this the whole JSON text of an object? Cheap test first: most beginnings do not end like one. */
export function isCompleteObject(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
