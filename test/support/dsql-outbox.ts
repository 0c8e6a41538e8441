import type pg from 'pg';
import { type ConnectionPool, createDsqlOutbox, query } from '../../src/adapters/dsql/index.ts';
import {
  type OutboxSubject,
  outboxWindows,
} from '../../src/testing/contracts/outbox/outbox-subject.ts';
import { counterSchema as schema } from './counter.ts';

const times = ['occurred_at', 'due_at', 'published_at', 'dead_at'];

/**
 * Moves the clock of the database forward, for the outbox of the counters: all of its times go
 * back. The superuser does it behind the endpoint, since a clock knows no limits of a transaction.
 */
export const advanceOutbox = async (superuser: pg.Client, ms: number): Promise<void> => {
  const aged = times.map((column) => `${column} = ${column} - $1 * interval '1 millisecond'`);
  await superuser.query(`UPDATE ${schema}.outbox SET ${aged.join(', ')}`, [ms]);
  await superuser.query(
    `UPDATE ${schema}.outbox_lane SET as_of = as_of - $1 * interval '1 millisecond'`,
    [ms],
  );
};

export const emptyOutbox = (superuser: pg.Client): Promise<unknown> =>
  superuser.query(`TRUNCATE ${schema}.outbox, ${schema}.outbox_lane`);

/**
 * An empty outbox of the counters over a pool; each of `processes` sees it by connections of its
 * own.
 */
export const dsqlOutboxSubject = async (
  superuser: pg.Client,
  pool: ConnectionPool,
  processes: readonly ConnectionPool[],
): Promise<OutboxSubject> => {
  await emptyOutbox(superuser);
  const outboxOver = (connections: ConnectionPool) =>
    createDsqlOutbox(connections, { schema, ...outboxWindows });
  const outbox = outboxOver(pool);
  return {
    outbox,
    contenders: processes.map(outboxOver),
    now: Date.now,
    advance: (ms) => advanceOutbox(superuser, ms),
    insert: async (events, scheduled) => {
      for (const one of outbox.insert(events, scheduled)) await query(pool, one, { writes: true });
    },
  };
};
