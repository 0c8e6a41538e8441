import { PgBoss } from 'pg-boss';
import type { BenchServer } from '../support/server.ts';
import { freshName } from './backlog.ts';
import type { Queue } from './relay.ts';

/** Jobs of one fetch: as many as a claim of the relay takes. */
const fetchRowsMax = 500;
/** Fetches at once: as many as the relay has lanes under way. */
const fetchesAtOnce = 4;
/** Jobs of one INSERT that fills the queue. */
const insertRowsMax = 5_000;

const queue = 'events';

/** About as large as the envelopes of the relay's backlog. */
const jobData = { note: 'x'.repeat(500) };

/**
 * Opens pg-boss in a database of its own, where nothing of DSQL is, over the same TLS. Its
 * maintenance and its schedules are off, since they are no part of a drain.
 */
export const openPgBoss = async (server: BenchServer): Promise<Queue> => {
  const { superuser, plain } = server;
  const database = freshName();
  await superuser.query(`CREATE DATABASE ${database}`);
  // Its documents ask for PostgreSQL's default, which is not that of DSQL.
  await superuser.query(
    `ALTER DATABASE ${database} SET default_transaction_isolation = 'read committed'`,
  );
  const { host, port, user, ca } = plain;
  const boss = new PgBoss({
    ...{ host, port, user, database, password: await plain.password(), ssl: { ca } },
    supervise: false,
    schedule: false,
  });
  boss.on('error', (error: Error) => {
    throw error;
  });
  await boss.start();

  let done = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const jobs = await boss.fetch(queue, { batchSize: fetchRowsMax });
      if (jobs.length === 0) return;
      const ids = jobs.map(({ id }) => id);
      await boss.complete(queue, ids);
      done += jobs.length;
    }
  };

  return {
    fill: async (rows) => {
      done = 0;
      await boss.createQueue(queue);
      for (let left = rows; left > 0; left -= insertRowsMax) {
        const count = Math.min(left, insertRowsMax);
        const jobs = Array.from({ length: count }, () => ({ data: jobData }));
        await boss.insert(queue, jobs);
      }
    },
    drain: async () => {
      await Promise.all(Array.from({ length: fetchesAtOnce }, work));
    },
    verify: async (rows) => {
      if (done !== rows) throw new Error(`pg-boss: ${done} of ${rows} jobs were done`);
      await boss.deleteQueue(queue);
    },
    close: async () => {
      await boss.stop();
      await superuser.query(`DROP DATABASE ${database} WITH (FORCE)`);
    },
  };
};
