import { outboxShard } from '../../../domain/kernel/outbox/outbox.ts';
import { padded } from './statement-texts.ts';

/** Keys of one statement. The rows of a claim fit, and ten texts of statements are enough. */
const keysMax = 512;

/**
 * Rows of any size that one transaction may change: an envelope has at most 64 KiB, a transaction
 * 10 MiB, and DSQL counts the whole of a changed row.
 */
export const largestRowsMax = 100;

/** Keys of rows in one part. */
export type Keys = { readonly shard: number; readonly ids: readonly string[] };

/**
 * The keys of rows for each shard. Each list is filled up, so that few texts of statements exist.
 */
export const keysOf = (ids: readonly string[]): readonly Keys[] =>
  [...Map.groupBy(ids, outboxShard)].flatMap(([shard, ofShard]) =>
    Array.from({ length: Math.ceil(ofShard.length / keysMax) }, (_, piece) => ({
      shard,
      ids: padded(ofShard.slice(piece * keysMax, (piece + 1) * keysMax)),
    })),
  );

/** Pieces of a list, each of rows of any size that one transaction may change. */
export const piecesOf = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / largestRowsMax) }, (_, piece) =>
    items.slice(piece * largestRowsMax, (piece + 1) * largestRowsMax),
  );
