// What a config may say about services that speak OpenAI's dialect: what of the account is open to callers.
import * as z from 'zod';
import { sharedFiles } from '../shared-store.ts';

export const openaiCompatibleOptions = z.strictObject({ shared_files: sharedFiles() });
