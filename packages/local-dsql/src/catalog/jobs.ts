import pg from 'pg';
import { clientConfig, type Postgres } from '../postgres/postgres.ts';

/** How long a job takes unless the endpoint is told otherwise: longer than a migration needs for its next statement. */
export const jobMsDefault = 1_000;

/** A definition that is under way holds its table until it commits; then the job is tried again. */
const lockMsMax = 1_000;

/** Timers count to 24 days; then it is looked again. */
const waitMsMax = 3_600_000;

/** Ends jobs when their time has come. */
export interface JobRunner {
  /** Ends those that an earlier start has left, and from now on all others. */
  readonly start: () => Promise<void>;
  /** Ends those that an earlier start has left. */
  readonly finish: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

type Round = { readonly changed: boolean; readonly wait_ms: number | null };

/** @param onChange what a job has made counts from now on */
export const createJobRunner = (postgres: Postgres, onChange: () => void): JobRunner => {
  let connecting: Promise<pg.Client> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let runsAgain = false;

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(clientConfig(postgres));
    // PostgreSQL is gone, and the jobs are with it.
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`SET default_transaction_isolation = 'read committed';
      SET lock_timeout = ${lockMsMax}`);
    return client;
  };

  const round = async (client: pg.Client): Promise<void> => {
    clearTimeout(timer);
    const { rows } = await client.query<Round>('SELECT * FROM sys.antipode_run_jobs(false)');
    const [{ changed, wait_ms: waitMs } = { changed: false, wait_ms: null }] = rows;
    if (changed) onChange();
    if (waitMs !== null) timer = setTimeout(() => run(client), Math.min(waitMs, waitMsMax)).unref();
  };

  /** One round at a time; whatever comes meanwhile is looked at in the next one. */
  const run = (client: pg.Client): void => {
    runsAgain = isRunning;
    if (isRunning) return;
    isRunning = true;
    round(client)
      .catch(() => undefined)
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
        await client.query('SELECT sys.antipode_run_jobs(true)');
      } finally {
        await client.end();
      }
    },
    stop: async () => {
      clearTimeout(timer);
      const client = await connecting?.catch(() => undefined);
      await client?.end().catch(() => undefined);
      clearTimeout(timer);
    },
  };
};
