// What a config may say about the Gemini API: what of the account is open to callers.
import * as z from 'zod';
import { buckets, sharedFiles } from '../shared-store.ts';

export const geminiOptions = z.strictObject({ buckets: buckets(), shared_files: sharedFiles() });
