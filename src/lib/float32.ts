// Lists of numbers as base64 of little-endian 32-bit floats, the compact way to write a vector.
import { endianness } from 'node:os';

const BYTES = 4;
const swapped = endianness() === 'BE';

export function floatsToBase64(values: readonly number[]): string {
  const bytes = Buffer.from(Float32Array.from(values).buffer);
  return (swapped ? bytes.swap32() : bytes).toString('base64');
}

/** Undefined when the text is no such list. */
export function base64ToFloats(text: string): number[] | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.length % BYTES !== 0) return undefined;
  if (swapped) bytes.swap32();
  // A small buffer is a view into a pool and may begin anywhere; floats must begin at a multiple of four.
  const own = new Uint8Array(bytes);
  return Array.from(new Float32Array(own.buffer));
}
