/** Longer words are no misspelled names; the comparison takes the product of two lengths. */
const lengthMax = 100;

/**
 * How many letters must be put in, taken out or changed to make one word of the other
 * (Levenshtein).
 */
const edits = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/**
 * The known name that was probably meant, if one is near.
 *
 * @param editsShareMax the share of a name's letters that may be wrong, 0 to 1
 */
export const nearestName = (
  name: string,
  known: readonly string[],
  editsShareMax: number,
): string | undefined => {
  if (name.length > lengthMax) return undefined;
  const [best] = known
    .map((candidate) => {
      const distance = edits(name.toLowerCase(), candidate.toLowerCase());
      return { candidate, share: distance / Math.max(name.length, candidate.length) };
    })
    .sort((a, b) => a.share - b.share);
  return best && best.share <= editsShareMax ? best.candidate : undefined;
};
