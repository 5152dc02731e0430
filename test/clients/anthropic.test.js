// The @anthropic-ai/sdk package in two majors: two versions of the API, two ways to show a key.
import { Anthropic } from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { Anthropic as Anthropic0 } from 'anthropic-0';
import * as zod0 from 'anthropic-0/helpers/zod';
import { z } from 'zod';
import { clientCases } from './cases.js';
import { anthropic } from './drivers/anthropic.js';
import { versioned } from './versioned.js';

const place = z.object({ city: z.string() });
const kinds = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError' };

clientCases([
  [anthropic(versioned('@anthropic-ai/sdk'), { Anthropic, zodOutputFormat, place }), { kinds }],
  [
    anthropic(versioned('anthropic-0', '@anthropic-ai/sdk'), { Anthropic: Anthropic0, ...zod0, place }),
    { kinds },
  ],
]);
