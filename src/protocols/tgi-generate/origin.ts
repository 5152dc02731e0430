// The name of this dialect.

export const DIALECT = 'tgi-generate';
