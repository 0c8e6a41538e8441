import { Fault } from '../../../domain/kernel/index.ts';

/** Does the work in smaller pieces after DSQL has refused the size of its transaction. */
export const unlessTooLarge = async <T>(
  work: () => Promise<T>,
  inPieces: () => Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault && error.kind === 'InvalidInput')) throw error;
    return inPieces();
  }
};

/**
 * A batch of deletions that is too large is divided by ten, so that few texts of statements exist.
 */
const pieces = 10;

/**
 * Deletes up to `rowsMax` rows, in smaller batches where DSQL refuses the size of a transaction. No
 * document says whether DSQL counts the bytes of deleted rows: a thousand can exceed its 10 MiB.
 *
 * @param purge deletes at most that number of rows; returns the number that it has deleted
 * @returns the number of deleted rows; fewer than `rowsMax` when there are no more
 */
export const purgeInPieces = (
  rowsMax: number,
  purge: (rowsMax: number) => Promise<number>,
): Promise<number> => {
  const once = () => purge(rowsMax);
  const inPieces = async (): Promise<number> => {
    const size = Math.ceil(rowsMax / pieces);
    let purged = 0;
    while (purged < rowsMax) {
      const room = Math.min(size, rowsMax - purged);
      const ofPiece = await purgeInPieces(room, purge);
      purged += ofPiece;
      if (ofPiece < room) break;
    }
    return purged;
  };
  return rowsMax > 1 ? unlessTooLarge(once, inPieces) : once();
};
