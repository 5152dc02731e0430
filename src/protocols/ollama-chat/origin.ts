// The name of this dialect, on extras, raw blocks and sealed bytes that are in its words.

export const DIALECT = 'ollama-chat';
