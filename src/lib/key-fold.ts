// Some readers, Go's among them, take an object's keys whatever their case, and the last one wins.

const LONG_S = '\u017f';
const KELVIN = 0x212a;

/** The key as such a reader knows it; the very same string when there is nothing to fold. */
export function foldKey(key: string): string {
  for (let at = 0; at < key.length; at += 1) {
    const unit = key.charCodeAt(at);
    if ((unit >= 0x41 && unit <= 0x5a) || unit === LONG_S.charCodeAt(0) || unit === KELVIN) {
      // The Kelvin sign's lower case is a plain k; a long s is lower case already.
      return key.replaceAll(LONG_S, 's').toLowerCase();
    }
  }
  return key;
}
