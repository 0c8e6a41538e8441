import {
  createLocalCertificate,
  type DsqlEndpoint,
  startDsqlEndpoint,
} from '../../../packages/local-dsql/src/index.ts';
import { begin } from '../../../src/adapters/dsql/connection/begin.ts';
import type { Connection } from '../../../src/adapters/dsql/connection/connection.ts';
import { serverErrorOf } from '../../../src/adapters/dsql/connection/error-mapping.ts';
import {
  type ConnectionPool,
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  query,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import { recordKey } from '../../../src/adapters/dsql/transaction/record-key.ts';
import { rollback } from '../../../src/adapters/dsql/transaction/transaction-control.ts';
import type { FlightResult, Statement } from '../../../src/adapters/dsql/wire/statement.ts';
import { createMemoryMetrics } from '../../../src/adapters/memory/index.ts';
import { createRetrier } from '../../../src/domain/kernel/index.ts';
import { counterSchema as schema } from '../../support/counter.ts';
import { testCounters } from '../../support/counter-database.ts';
import { poolOf } from '../../support/dsql-adapter.ts';
import type { Gate } from './client.ts';
import { dsqlRepository } from './counters.ts';
import type { ComparedDatabase } from './play.ts';

const clusterId = 'abcdefghijklmnopqrstuvwxyz';

/** Longer than a transaction may last. */
const ageMs = 301_000;

const lost = (): FlightResult => ({
  results: [],
  error: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
});

const answerOf = ({ error }: FlightResult): string => {
  if (error === undefined) return 'well';
  const { code = '', message = '', constraint } = serverErrorOf(error) ?? {};
  if (/OC001/.test(message)) return 'OC001';
  if (/age limit/.test(message)) return 'too old';
  if (constraint === 'counters_pkey' && code === '23505') return 'taken';
  if (code === '40001' || code === '23505') return 'OC000';
  return code === '' ? 'nothing' : `${code} ${message}`;
};

/** Requests that reach the database later than their sender has waited for. */
type Late = { readonly land: () => Promise<string>; readonly drop: () => Promise<void> };

/** A connection whose requests wait at the gate, and meet the faults of the schedule there. */
const gatedConnection = (
  real: Connection,
  gate: Gate,
  note: (answer: string) => void,
  late: Late[],
): Connection => {
  let isAlive = true;
  const losing = (): FlightResult => {
    note('nothing');
    return lost();
  };
  const flight: Connection['flight'] = async (statements, deadline) => {
    const [{ sql = '' } = {}] = statements;
    if (sql === 'ROLLBACK') return isAlive ? real.flight(statements, deadline) : lost();
    const fault = await gate(sql);
    isAlive = fault === undefined;
    if (fault === undefined) {
      const flown = await real.flight(statements, deadline);
      const isKnown = flown.error !== undefined && isFound(statements, flown);
      note(isKnown ? 'well' : answerOf(flown));
      return flown;
    }
    if (fault === 'request late') {
      late.push({
        land: async () => {
          const flown = await real.flight(statements, deadline);
          await real.close();
          return answerOf(flown);
        },
        drop: real.close,
      });
      return losing();
    }
    if (fault === 'answer lost') await real.flight(statements, deadline);
    await real.close();
    return losing();
  };
  return {
    flight,
    usable: () => isAlive && real.usable(),
    close: async () => {
      if (isAlive) await real.close();
    },
  };
};

/** Whether work in one request has found the record of the same work. */
const isFound = ([first]: readonly Statement[], { results }: FlightResult): boolean =>
  first?.sql.startsWith('BEGIN') === true && (results[1]?.rows.length ?? 0) > 0;

/** A local DSQL in two Regions, whose clock a schedule moves. */
export interface ComparedDsql {
  /** @param change changes what is sent, to see that the comparison finds it */
  readonly database: (change?: ChangeFlight) => ComparedDatabase;
  readonly stop: () => Promise<void>;
}

type ChangeFlight = (statements: readonly Statement[]) => readonly Statement[];

/** Writes on a newer snapshot than that of the reads: updates are lost. */
export const onNewSnapshot: ChangeFlight = (statements) =>
  statements[0] === begin || statements[0] === rollback
    ? statements
    : [rollback, begin, ...statements];

const rowsOn =
  (direct: ConnectionPool): ComparedDatabase['rows'] =>
  async (prefix, keys) => {
    const rowsOf = async (sql: string, parameter: unknown) =>
      (await query(direct, statement(sql, parameter), { writes: false })).rows;
    const textsOf = async (sql: string): Promise<readonly string[]> =>
      (await rowsOf(sql, prefix)).map((row) => String(row['text'])).toSorted();
    const records = await rowsOf(
      `SELECT key, response FROM ${schema}.idempotency WHERE key = ANY($1)`,
      keys.map((key) => recordKey('command', key)),
    );
    const responses = new Map(records.map((row) => [row['key'], row['response']]));
    return {
      counters: await textsOf(
        `SELECT name || '=' || value AS text FROM ${schema}.counters WHERE starts_with(name, $1)`,
      ),
      records: keys.map((key) => `${key}: ${responses.get(recordKey('command', key)) ?? 'none'}`),
      events: await textsOf(
        `SELECT (envelope::json->>'subject') || ' ' || (envelope::json->>'aggregateversion') AS text
          FROM ${schema}.outbox WHERE starts_with(envelope::json->>'subject', $1)`,
      ),
    };
  };

/** Changes the catalog as a migration does. */
const changeCatalog = statement(`ALTER TABLE ${schema}.counters ALTER COLUMN value SET DEFAULT 0`);

/** Starts processes, each with a connection of its own to the endpoint of its Region. */
const processesOn = (
  endpoints: readonly [DsqlEndpoint, DsqlEndpoint],
  target: Pick<Parameters<typeof poolOf>[0], 'host' | 'region' | 'ca' | 'credentials'>,
  late: Late[],
  change: ChangeFlight = (statements) => statements,
): ComparedDatabase['start'] => {
  const deps = {
    clock: { now: () => Date.now(), sleep: async () => undefined },
    random: { next: () => 0 },
    metrics: createMemoryMetrics(),
  };
  return (client, gate, note) => {
    const { port } = endpoints[client % 2] ?? endpoints[0];
    const opened: Connection[] = [];
    const pool = poolOf(
      { ...target, port, endpoint: `localhost:${port}` },
      {
        open: async (openReal) => {
          const real = await openReal();
          opened.push(real);
          const changed: Connection = {
            ...real,
            flight: (statements, deadline) => real.flight(change(statements), deadline),
          };
          return gatedConnection(changed, gate, note, late);
        },
      },
    );
    const outbox = createDsqlOutbox(pool, { schema, graceMs: 0, replayWindowMs: 0 });
    const unitOfWork = createDsqlUnitOfWork({
      ...{ connections: pool, repository: dsqlRepository, outboxInsert: outbox.insert },
      records: createIdempotencyRecords(schema),
      retrier: createRetrier(deps),
    });
    return {
      unitOfWork,
      kill: async () => {
        await opened.at(-1)?.close();
      },
    };
  };
};

/** Starts it, with the tables of the counters. */
export const startComparedDsql = async (): Promise<ComparedDsql> => {
  const dsql = await testCounters();
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead };
  const certificate = createLocalCertificate([]);
  const startEndpoint = ({ region }: { readonly region: string }): Promise<DsqlEndpoint> =>
    startDsqlEndpoint({
      ...{ region, clusterId, port: 0, postgres: dsql.postgres, certificate, clock, jobMs: 0 },
      // A token would be as old as the transactions are made to be.
      auth: false,
      credentials: () => undefined,
    });
  const endpoints = [await startEndpoint(dsql), await startEndpoint(dsql.peer)] as const;
  const direct = poolOf(dsql);
  const target = { ...dsql, ca: certificate.ca };

  return {
    database: (change) => {
      const late: Late[] = [];
      return {
        start: processesOn(endpoints, target, late, change),
        settle: (client) => client.atRest(),
        land: async () => late.shift()?.land(),
        changeCatalog: async () => {
          await query(direct, changeCatalog, { writes: true });
        },
        age: async () => {
          ahead += ageMs;
        },
        now: () => Date.now(),
        end: async () => {
          for (const { drop } of late.splice(0)) await drop();
        },
        rows: rowsOn(direct),
      };
    },
    stop: async () => {
      await direct.close();
      await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
      await dsql.stop();
    },
  };
};
