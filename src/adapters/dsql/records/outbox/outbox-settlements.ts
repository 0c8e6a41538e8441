import type { OutboxFailure } from '../../../../domain/kernel/index.ts';
import { outboxShard } from '../../../../domain/kernel/outbox/outbox.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { oneAttempt, untilNoConflict } from '../../transaction/conflict-retry.ts';
import { unlessTooLarge } from '../../transaction/transaction-size.ts';
import { createTransactions } from '../../transaction/transactions.ts';
import { type Statement, statement } from '../../wire/statement.ts';
import { canonicalId, claimsIn, keepClaims, withoutRows } from './outbox-lanes.ts';
import { type outboxStatements, piecesOf } from './outbox-statements.ts';
import { keysOf } from './outbox-write-statements.ts';

type Sql = ReturnType<typeof outboxStatements>;

/** Characters of a failure's reason, which people read. */
const reasonLengthMax = 500;

/**
 * Time in which a settlement is repeated after conflicts. A row that is not settled is published
 * again. Milliseconds.
 */
const settleMsMax = 10_000;

type Settlement = {
  readonly published: readonly string[];
  readonly failed: readonly OutboxFailure[];
};

const settleFailed = (sql: Sql, { eventId, reason, retryInMs }: OutboxFailure): Statement => {
  const row = [outboxShard(eventId), eventId, reason.slice(0, reasonLengthMax)] as const;
  return retryInMs === undefined
    ? statement(sql.settleDead, ...row)
    : statement(sql.settleRetried, ...row, retryInMs);
};

/** The settlements of each part. */
const byPart = ({ published, failed }: Settlement): ReadonlyMap<number, Settlement> => {
  const publishedIn = Map.groupBy(published, outboxShard);
  const failedIn = Map.groupBy(failed, ({ eventId }) => outboxShard(eventId));
  return new Map(
    [...new Set([...publishedIn.keys(), ...failedIn.keys()])].map((shard) => [
      shard,
      { published: publishedIn.get(shard) ?? [], failed: failedIn.get(shard) ?? [] },
    ]),
  );
};

/**
 * Settles rows of the outbox for the relay that holds them.
 *
 * The lanes' rows say what it holds. Its transaction writes them too, so it conflicts with another
 * claim or settlement of the same lane, and repeats. A relay that is too late finds its claim gone.
 */
export const createOutboxSettlements = (
  connections: ConnectionPool,
  sql: Sql,
  replayWindowMs: number,
) => {
  const transactions = createTransactions({ connections, retrier: oneAttempt });

  const settlePart = (owner: string, shard: number, settlement: Settlement): Promise<void> =>
    transactions.run(async (tx) => {
      const lanes = (await tx.read(statement(sql.lanesOfPart, shard))).map(claimsIn);
      const own = lanes.filter(({ claims }) => claims.some((claim) => claim.owner === owner));
      const held = new Set(
        own.flatMap(({ claims }) =>
          claims.filter((claim) => claim.owner === owner).flatMap(({ ids }) => ids),
        ),
      );
      const published = settlement.published.filter((id) => held.has(canonicalId(id)));
      const failed = settlement.failed.filter(({ eventId }) => held.has(canonicalId(eventId)));
      if (published.length + failed.length === 0) return;
      for (const { ids } of keysOf(published)) {
        tx.write(statement(sql.settlePublished(ids.length), shard, replayWindowMs, ...ids));
      }
      for (const failure of failed) tx.write(settleFailed(sql, failure));
      const ids = [...published, ...failed.map(({ eventId }) => eventId)];
      const settled = new Set(ids.map(canonicalId));
      for (const lane of own) {
        const left = withoutRows(lane, (claim, id) => claim.owner === owner && settled.has(id));
        tx.write(keepClaims(sql, left));
      }
    });

  const settle = async (owner: string, settlement: Settlement): Promise<void> => {
    for (const [shard, ofPart] of byPart(settlement)) {
      await untilNoConflict(() => settlePart(owner, shard, ofPart), Date.now() + settleMsMax);
    }
  };

  return (owner: string, published: readonly string[], failed: readonly OutboxFailure[]) =>
    unlessTooLarge(
      () => settle(owner, { published, failed }),
      async () => {
        for (const piece of piecesOf(published))
          await settle(owner, { published: piece, failed: [] });
        for (const piece of piecesOf(failed)) await settle(owner, { published: [], failed: piece });
      },
    );
};
