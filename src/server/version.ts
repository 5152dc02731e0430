// The version of this package; the bundle and the test that compares it with package.json keep it true.
export const version = '0.1.0';
