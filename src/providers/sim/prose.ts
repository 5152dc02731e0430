// What a simulated model says: sentences of ours, picked by a hash, always under a label that says so.

const sentences = [
  'The signal at the junction is set, and the road ahead is clear.',
  'A careful answer names what is known first and what is guessed second.',
  'Every lever in the box is locked until the one before it has been thrown.',
  'Nothing here was computed by a model; the words were picked by a hash.',
  'Two trains may never be promised the same stretch of track.',
  'The bell rings twice for a passenger train and once for goods.',
  'When the wire goes quiet, the next box along is asked instead.',
  'A timetable is a forecast that somebody is held to.',
  'It is cheaper to wait at a signal than to meet at a bend.',
  'The block instrument remembers what the eye may forget.',
  'Short trains go first when the platform is long.',
  'An interlocking that cannot refuse is only a drawing.',
  'Fog halves the distance at which a lamp can be trusted.',
  'The log is written before the lever moves, not after.',
  'Whoever holds the token has the line to himself.',
  'Points are tested at both ends of their travel, every morning.',
  'A late train is announced once and then never early.',
  'The distant signal warns; the home signal decides.',
  'Freight pays by weight, passengers by distance, and both by patience.',
  'If the lamp fails, the arm still falls to danger.',
  'The shunter counts wagons twice and couplings once.',
  'A spare locomotive is worth nothing until the hour it is needed.',
  'Steam is up by five, and the first train leaves at six.',
  'What the driver cannot see, the signaller must say.',
] as const;

const thoughts = [
  'First I look at what was asked and what was not.',
  'Then I weigh the two roads and their lengths.',
  'One of them is occupied, so the other remains.',
  'I check the answer against the question once more.',
  'That settles it, and I can speak.',
] as const;

/** FNV-1a over UTF-16 units: small, fast, the same everywhere. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** An endless row of numbers below 2^32 that one seed determines. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

export function label(model: string): string {
  return `[simulated by sim/${model}]`;
}

/** Three to eight sentences. */
export function proseFrom(seed: number): string {
  const next = numbersFrom(seed);
  const count = 3 + (next() % 6);
  return Array.from({ length: count }, () => pick(sentences, next())).join(' ');
}

/** At least `characters` of it, for whoever asks for a reply of a given length. */
export function longProseFrom(seed: number, characters: number): string {
  const next = numbersFrom(seed);
  const said: string[] = [];
  for (let length = 0; length < characters; ) {
    const sentence = pick(sentences, next());
    said.push(sentence);
    length += sentence.length + 1;
  }
  return said.join(' ');
}

export function thoughtsFrom(seed: number, count: number): string {
  return Array.from({ length: count }, (_, i) => thoughts[(seed + i) % thoughts.length]).join(' ');
}

function pick(from: readonly string[], number: number): string {
  return from[number % from.length] ?? '';
}
