import pg from 'pg';
import { clientConfig, type Postgres } from '../postgres/postgres.ts';

/**
 * Default duration of a job in milliseconds: longer than a migration needs for its next statement.
 */
export const jobMsDefault = 1_000;

/**
 * Milliseconds that a job waits for its table, which other DDL may hold. It is tried again after
 * that.
 */
const lockMsMax = 1_000;

/** Milliseconds between two looks at most: a timer counts to 24 days. */
const waitMsMax = 3_600_000;

/** Milliseconds until another look when one has failed, since it met a lock of other DDL. */
const retryMs = 100;

/** Ends each job when its delay has passed. */
export interface JobRunner {
  /**
   * Ends the jobs that an earlier start has left, and from now on every job when its delay has
   * passed.
   */
  readonly start: () => Promise<void>;
  /** Ends those that an earlier start has left. */
  readonly finish: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

type Round = { readonly changed: boolean; readonly wait_ms: number | null };

/** @param onChange called when a job has changed the catalog */
export const createJobRunner = (postgres: Postgres, onChange: () => void): JobRunner => {
  let connecting: Promise<pg.Client> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let runsAgain = false;
  let hasEnded = false;

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(clientConfig(postgres));
    // PostgreSQL has ended, and its jobs with it.
    client.on('error', () => {
      hasEnded = true;
    });
    await client.connect();
    await client.query(`SET default_transaction_isolation = 'read committed';
      SET lock_timeout = ${lockMsMax}`);
    return client;
  };

  const lookAgain = (client: pg.Client, waitMs: number): void => {
    if (hasEnded) return;
    timer = setTimeout(() => run(client), Math.min(waitMs, waitMsMax)).unref();
  };

  const round = async (client: pg.Client): Promise<void> => {
    clearTimeout(timer);
    const { rows } = await client.query<Round>(
      'SELECT * FROM pg_antipode.antipode_run_jobs(false)',
    );
    const [{ changed, wait_ms: waitMs } = { changed: false, wait_ms: null }] = rows;
    if (changed) onChange();
    if (waitMs !== null) lookAgain(client, waitMs);
  };

  /** Runs one round at a time. A notification during a round starts another one. */
  const run = (client: pg.Client): void => {
    runsAgain = isRunning;
    if (isRunning) return;
    isRunning = true;
    round(client)
      .catch(() => lookAgain(client, retryMs))
      .finally(() => {
        isRunning = false;
        if (runsAgain) run(client);
      });
  };

  return {
    start: async () => {
      if (connecting !== undefined) return;
      connecting = connect();
      const client = await connecting;
      client.on('notification', () => run(client));
      await client.query('LISTEN antipode_jobs');
      run(client);
    },
    finish: async () => {
      if (connecting !== undefined) return;
      const client = await connect();
      try {
        await client.query('SELECT pg_antipode.antipode_run_jobs(true)');
      } finally {
        await client.end();
      }
    },
    stop: async () => {
      hasEnded = true;
      clearTimeout(timer);
      const client = await connecting?.catch(() => undefined);
      await client?.end().catch(() => undefined);
      clearTimeout(timer);
    },
  };
};
