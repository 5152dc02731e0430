// Which page of a list is asked for.
import { GatewayError } from '../canonical/errors.ts';
import type { HeldCall } from './call.ts';

export interface PageWish {
  readonly limit: number;
  readonly after: string | undefined;
}

export function pageOf({ dialect, kind, query }: HeldCall): PageWish {
  const { most, usual } = dialect.pages[kind];
  const order = query.get('order');
  if (order !== null && order !== 'desc') {
    throw new GatewayError('unsupported', 'Lists are in descending order only.', {
      param: 'order',
      remedy: 'Leave "order" out, or say "desc".',
    });
  }
  const stated = query.get('limit');
  const limit = stated === null ? usual : Number(stated);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw new GatewayError('bad_request', `The limit must be a whole number from 1 to ${most}.`, {
      param: 'limit',
    });
  }
  return { limit, after: query.get('after') ?? undefined };
}
