// What record reads from the config: where receipts are kept and how large a file of them grows.
import * as z from 'zod';
import { size, words } from '../../lib/option-scalars.ts';

export interface JournalOptions {
  /** A folder; undefined means `journal` in the state folder. */
  readonly path: string | undefined;
  /** Bytes after which a new file is begun. */
  readonly maxSize: number;
}

export const journalOptions = z
  .strictObject({
    path: words('a folder path')
      .optional()
      .describe('Folder for receipts; `journal` in the state folder by default.'),
    max_size: size()
      .default(64 * 2 ** 20)
      .describe('A file that has grown to this size is followed by a new one.'),
  })
  .transform((journal): JournalOptions => ({ path: journal.path, maxSize: journal.max_size }));
