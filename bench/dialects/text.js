// The words of the rig's prompts and replies. Every piece of reply text carries "@" and a four-digit ordinal, which
// survives any translation: readers count by it.

const FILL = 'The lamp of the signal box burns through the night and the trains run to time. ';
export const CREATED = 1786000000;

/** @param {number} ordinal */
export function mark(ordinal) {
  return `@${String(ordinal).padStart(4, '0')}`;
}

/** @param {number} length */
export function textOf(length) {
  return FILL.repeat(Math.ceil(length / FILL.length)).slice(0, length);
}

// Long prompts carry what real ones do: line breaks and quotation marks, escaped on the wire.
function promptOf(length) {
  const paragraph = `${FILL}"Stop," said the signalman,\n"and then go on." ${FILL}`;
  return paragraph.repeat(Math.ceil(length / paragraph.length)).slice(0, length);
}

const TURN_BYTES = 65536;

/** @param {{ promptBytes: number, id?: string }} call */
export function turnsOf(call) {
  const name = call.id === undefined ? '' : `bench-id:${call.id} `;
  if (call.promptBytes <= TURN_BYTES) return [{ role: 'user', content: name + promptOf(call.promptBytes) }];
  const count = Math.ceil(call.promptBytes / TURN_BYTES / 2) * 2 - 1;
  const each = Math.ceil(call.promptBytes / count);
  return Array.from({ length: count }, (_, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content: name + promptOf(each),
  }));
}
