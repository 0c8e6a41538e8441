import { createHash } from 'node:crypto';

/** How many ranges an id may fall into. */
export const idShardCount = 16;

/**
 * The range of an id that a client has chosen, 0 … 15: clients like to count, and DSQL dislikes
 * keys that grow.
 */
export const idShard = (id: string): number =>
  (createHash('sha256').update(id).digest()[0] ?? 0) % idShardCount;
