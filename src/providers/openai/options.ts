// What a config may say about OpenAI: what of the account is open to callers.
import * as z from 'zod';
import { sharedFiles } from '../shared-store.ts';

export const openaiOptions = z.strictObject({ shared_files: sharedFiles() });
