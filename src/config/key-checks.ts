// What keys have to do with each other and with the door they open.
import { isLoopback } from './address.ts';
import type { Finding } from './problem.ts';

type Entry = Readonly<Record<string, unknown>>;

export function keyFindings(keys: readonly unknown[]): readonly Finding[] {
  return [
    ...twice(
      keys,
      'name',
      (name) => `There are two keys named "${name}".`,
      'Receipts tell keys apart by name.',
    ),
    ...twice(
      keys,
      'secret',
      () => 'Another key has the same secret.',
      'Only the first of them would ever apply, with its rights and limits.',
    ),
  ];
}

/** The key made at first start is for this machine. For everybody else somebody must be let in on purpose. */
export function openDoorFindings(listen: Entry, keys: readonly unknown[]): readonly Finding[] {
  const { host } = listen;
  if (typeof host !== 'string' || isLoopback(host) || keys.length > 0) return [];
  return [
    {
      path: ['listen', 'host'],
      at: 'value',
      message: `Listening on ${host} makes the gateway reachable from other machines, and there are no keys.`,
      hint: 'Add a section "keys", or listen on 127.0.0.1.',
    },
  ];
}

function twice(
  keys: readonly unknown[],
  field: string,
  message: (value: string) => string,
  hint: string,
): readonly Finding[] {
  const seen = new Set<string>();
  return keys.flatMap((key, index): readonly Finding[] => {
    const value = typeof key === 'object' && key !== null ? (key as Entry)[field] : undefined;
    if (typeof value !== 'string' || value === '') return [];
    const again = seen.has(value);
    seen.add(value);
    return again ? [{ path: ['keys', index, field], at: 'value', message: message(value), hint }] : [];
  });
}
