/** Of a name's letters, the share that may be wrong in a misspelling. */
const editsShareMax = 0.4;

/** Longer words are no misspelled names; the comparison takes the product of two lengths. */
const lengthMax = 100;

/** How many letters have to be added, taken away or exchanged to turn one word into the other. */
const edits = (word: string, other: string): number => {
  let row = [...other, ''].map((_, column) => column);
  for (const [index, letter] of [...word].entries()) {
    const next = [index + 1];
    for (const [column, candidate] of [...other].entries()) {
      const exchanged = (row[column] ?? 0) + (letter === candidate ? 0 : 1);
      next.push(Math.min(exchanged, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** The known name that was probably meant, if one is near. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  if (name.length > lengthMax) return undefined;
  const [best] = known
    .map((candidate) => {
      const count = edits(name.toLowerCase(), candidate.toLowerCase());
      return { candidate, share: count / Math.max(name.length, candidate.length) };
    })
    .sort((a, b) => a.share - b.share);
  return best && best.share <= editsShareMax ? best.candidate : undefined;
};
