// The name of this dialect, on annotations that are in its words.

export const DIALECT = 'cohere-chat';
