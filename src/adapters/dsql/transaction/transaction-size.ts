import { Fault } from '../../../domain/kernel/index.ts';

/** Does the work in smaller pieces when DSQL has refused the size of the transaction: nothing has happened then. */
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

/** A batch of deletions that is too large is tried again with a tenth of its rows: few texts of statements exist. */
const pieces = 10;

/**
 * Deletes up to `rowsMax` rows, in smaller batches where DSQL refuses the size of a transaction. No document says
 * whether it counts the bytes of rows that are deleted, of which a thousand can have more than the 10 MiB that it takes.
 *
 * @param purge deletes so many rows at most; returns how many
 * @returns how many; fewer than `rowsMax` when there are no more
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
