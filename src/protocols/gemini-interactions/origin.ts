// Where blocks and calls come from: the dialect's id marks raw blocks and citations, the vendor's name sealed ones.

export const DIALECT = 'gemini-interactions';
/**
 * Origin of thought signatures. They are the model's, whichever of the vendor's dialects they were read in: a
 * conversation goes on in the other one, and so does what callers of generateContent bring back.
 */
export const VENDOR = 'google';
