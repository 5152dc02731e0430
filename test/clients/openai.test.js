// The openai package in two majors, speaking Chat Completions and Responses.
import { OpenAI } from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { OpenAI as OpenAI6 } from 'openai-6';
import * as zod6 from 'openai-6/helpers/zod';
import { z } from 'zod';
import { clientCases } from './cases.js';
import { openaiChat } from './drivers/openai-chat.js';
import { openaiResponses } from './drivers/openai-responses.js';
import { versioned } from './versioned.js';

const place = z.object({ city: z.string() });
const kinds = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError' };
const majors = [
  [versioned('openai'), { OpenAI, zodResponseFormat, zodTextFormat, place }],
  [versioned('openai-6', 'openai'), { ...zod6, OpenAI: OpenAI6, place }],
];

const rows = majors.flatMap(([name, parts]) => [
  [openaiChat(`${name} chat`, parts), { kinds }],
  [openaiResponses(`${name} responses`, parts), { kinds }],
]);
clientCases(rows);
