import { afterAll, beforeAll } from 'vitest';
import {
  type ConnectionPool,
  createDsqlExpiredRecords,
  createDsqlIdempotencyStore,
  createIdempotencyRecords,
  query,
  type Statement,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { orderedInsert } from '../../../../src/adapters/dsql/records/ordering/ordered-events.ts';
import { envelopeOf } from '../../../../src/testing/contracts/counter.ts';
import { unitOfWorkContract } from '../../../../src/testing/contracts/unit-of-work/unit-of-work.ts';
import {
  type ExpiredRecordsSubject,
  expiredRecordsContract,
} from '../../../contracts/expired-records.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { type TransactionsSubject, transactionsContract } from '../../../contracts/transactions.ts';
import { wrongExpiredRecords } from '../../../contracts/wrong/expired-records.ts';
import { wrongTransactions } from '../../../contracts/wrong/transactions.ts';
import { wrongUnitsOfWork } from '../../../contracts/wrong/unit-of-work.ts';
import { added, counterSchema as schema } from '../../../support/counter.ts';
import { migrateCounters } from '../../../support/counter-database.ts';
import { dsqlCounterSubject } from '../../../support/counter-subject.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf, transactionsOn } from '../../../support/dsql-adapter.ts';

let dsql: TestDsql;
let primary: ConnectionPool;
let secondary: ConnectionPool;
/** Sends one statement at a time. */
let serial: ConnectionPool;
/** The same, with a BEGIN that names no isolation level. */
let plain: ConnectionPool;
/** Processes that run at once, in both Regions: a connection each, or they would only queue. */
let processes: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testDsql();
  primary = poolOf(dsql, { size: 4 });
  secondary = poolOf(dsql, { size: 4, at: dsql.peer });
  serial = poolOf(dsql, { serial: true });
  plain = poolOf(dsql, { serial: true, plainBegin: true });
  processes = Array.from({ length: 8 }, (_, index) =>
    poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer }),
  );
  await Promise.all(processes.map((pool) => pool.warmUp()));
  await migrateCounters(primary);
});

afterAll(async () => {
  await Promise.all([primary, secondary, serial, plain, ...processes].map((pool) => pool.close()));
  await dsql.stop();
});

const write = (sql: string) => query(primary, statement(sql), { writes: true });

describeSuite(
  'unit of work: DSQL, from both Regions',
  unitOfWorkContract(async () => dsqlCounterSubject(primary, secondary)),
);
refusesWrong('unit of work on DSQL', wrongUnitsOfWork, unitOfWorkContract, async () =>
  dsqlCounterSubject(primary, secondary),
);

describeSuite(
  'unit of work: DSQL, statement by statement with a plain BEGIN',
  unitOfWorkContract(async () => dsqlCounterSubject(plain, secondary)),
);

const transactionsSubject = async (): Promise<TransactionsSubject> => ({
  transactions: transactionsOn(primary),
  other: transactionsOn(secondary),
});

describeSuite('transactions: DSQL, from both Regions', transactionsContract(transactionsSubject));
refusesWrong('transactions on DSQL', wrongTransactions, transactionsContract, transactionsSubject);

describeSuite(
  'transactions: DSQL, statement by statement with a plain BEGIN',
  transactionsContract(async () => ({
    transactions: transactionsOn(plain),
    other: transactionsOn(secondary),
  })),
);

/** An event waits for a day less: one in force may wait for a minute more. */
const inboxRetentionMs = 24 * 3_600_000 + 60_000;

const expiredRecords = async (): Promise<ExpiredRecordsSubject> => {
  await write(`DELETE FROM ${schema}.idempotency`);
  await write(`DELETE FROM ${schema}.inbox`);
  await write(`DELETE FROM ${schema}.ordered_events`);
  const recordsOver = (pool: ConnectionPool) =>
    createDsqlExpiredRecords(pool, { schema, inboxRetentionMs });
  const columns = { idempotency: 'key', inbox: 'event_id', ordered: 'event_id' } as const;
  const tables = { idempotency: 'idempotency', inbox: 'inbox', ordered: 'ordered_events' } as const;
  const age = (time: string, kind: keyof typeof columns, key: string) =>
    query(
      primary,
      statement(
        `UPDATE ${schema}.${tables[kind]} SET ${time} = now() - interval '${inboxRetentionMs + 1_000} milliseconds' WHERE event_id = $1`,
        key,
      ),
      { writes: true },
    );
  const keys = async (kind: keyof typeof columns) =>
    (await write(`SELECT ${columns[kind]} AS key FROM ${schema}.${tables[kind]}`)).rows.map((row) =>
      String(row['key']),
    );
  /** Records are kept under digests of their keys: the one that has come to be there. */
  const newIn = async (kind: keyof typeof columns, insert: () => Promise<unknown>) => {
    const before = await keys(kind);
    await insert();
    return (await keys(kind)).find((key) => !before.includes(key)) ?? '';
  };
  return {
    records: recordsOver(primary),
    contenders: processes.slice(0, 4).map(recordsOver),
    insert: (kind, expired) =>
      newIn(kind, async () => {
        const key = crypto.randomUUID();
        if (kind === 'ordered') {
          const event = { ...envelopeOf(added('a', 1)), id: key };
          const [one] = orderedInsert(schema, () => ['sum'])([event]);
          await query(primary, one as Statement, { writes: true });
          if (expired) await age('recorded_at', kind, key);
          return;
        }
        const once =
          kind === 'inbox'
            ? ({ kind: 'event', consumer: 'sum', eventId: key } as const)
            : ({ kind: 'command', key, fingerprint: '' } as const);
        const records = createIdempotencyRecords(schema, expired ? -1_000 : 60_000);
        await query(primary, records.insert(once, null), { writes: true });
        if (expired && kind === 'inbox') await age('handled_at', kind, key);
      }),
    lease: (expired) =>
      newIn('idempotency', () =>
        createDsqlIdempotencyStore(primary, { schema }).acquire({
          key: crypto.randomUUID(),
          fingerprint: '',
          leaseMs: expired ? -1_000 : 60_000,
        }),
      ),
    keys,
  };
};

describeSuite('expired records: DSQL', expiredRecordsContract(expiredRecords));

refusesWrong(
  'records on DSQL must not do',
  wrongExpiredRecords,
  expiredRecordsContract,
  expiredRecords,
);
