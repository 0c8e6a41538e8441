import pg from 'pg';
import {
  createLocalCertificate,
  startDsqlEndpoint,
  startPostgres,
} from '../../packages/local-dsql/src/index.ts';

const region = 'us-east-1';

/**
 * Every row of the last statement with rows, or the command tag, or the error as
 * `SQLSTATE message`.
 */
export type SqlAnswer = string | readonly (readonly unknown[])[];

/** A local DSQL without jobs that end: what is built behind its statement stays so. */
export type DsqlCluster = {
  /** Sends statements one after the other, each by a simple Query; the answer of the last one. */
  readonly ask: (...statements: readonly string[]) => Promise<SqlAnswer>;
  /** The same with values for the last one, by the extended protocol. */
  readonly askWith: (values: readonly unknown[], sql: string) => Promise<SqlAnswer>;
  readonly stop: () => Promise<void>;
};

/** Longer than a run of all cases. */
const jobMs = 3_600_000;

type Answered = {
  readonly rows: readonly (readonly unknown[])[];
  readonly command: string;
};

/** Starts PostgreSQL and an endpoint in front of it; every question has a connection of its own. */
export const startDsqlCluster = async (): Promise<DsqlCluster> => {
  const postgres = await startPostgres();
  const certificate = createLocalCertificate([region]);
  const endpoint = await startDsqlEndpoint({
    region,
    clusterId: 'conformance'.padEnd(26, '0'),
    port: 0,
    postgres,
    certificate,
    jobMs,
    auth: false,
    credentials: () => undefined,
  });

  const answer = async (query: Promise<unknown>): Promise<SqlAnswer> => {
    try {
      const { rows, command } = (await query) as Answered;
      return rows.length > 0 ? rows : command;
    } catch (error) {
      const { code, message } = error as Error & { readonly code?: string };
      return `${code} ${message}`;
    }
  };

  const withClient = async (
    work: (client: pg.Client) => Promise<SqlAnswer>,
  ): Promise<SqlAnswer> => {
    const client = new pg.Client({
      host: 'localhost',
      port: endpoint.port,
      user: 'admin',
      password: 'unused',
      database: 'postgres',
      ssl: { ca: certificate.ca },
    });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };

  return {
    ask: (...statements) =>
      withClient(async (client) => {
        let last: SqlAnswer = '';
        for (const text of statements)
          last = await answer(client.query({ text, rowMode: 'array' }));
        return last;
      }),
    askWith: (values, text) => {
      const query: pg.QueryArrayConfig & { readonly queryMode: string } = {
        ...{ text, values: [...values], rowMode: 'array', queryMode: 'extended' },
      };
      return withClient((client) => answer(client.query(query)));
    },
    stop: async () => {
      await endpoint.stop();
      await postgres.stop();
    },
  };
};
