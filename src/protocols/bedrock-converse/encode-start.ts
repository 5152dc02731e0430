// What the head of another dialect's reply says and this one has no field for.
import { saidInHead } from '../../canonical/head-extras.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';

/** Neither the reply nor its model has a name here; the answer's headers tell the one that served. */
export function nameStart({ extras }: Extract<ReplyEvent, { type: 'start' }>, ledger: Ledger): void {
  for (const name of saidInHead(extras)) ledger.dropped(name, 'no such field in a reply');
}
