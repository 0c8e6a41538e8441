import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Connection,
  frameworkMigrations,
  query,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import {
  addTo,
  counterMigrations,
  counterWork,
  dsqlCounters,
  counterSchema as schema,
  setTo,
} from '../../support/counter.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, poolOf, unitOfWorkOn } from '../../support/dsql-adapter.ts';

let dsql: TestDsql;

beforeAll(async () => {
  dsql = await testDsql();
  const admin = poolOf(dsql);
  await migrate(admin, schema, [...frameworkMigrations(schema), ...counterMigrations]);
  await admin.close();
});

afterAll(() => dsql.stop());

/** COMMIT takes effect, and its answer is lost with the connection. */
const losingCommit = (connection: Connection): Connection => {
  let lost = false;
  return {
    ...connection,
    flight: async (statements, deadline) => {
      const flown = await connection.flight(statements, deadline);
      if (statements.at(-1)?.sql !== 'COMMIT') return flown;
      lost = true;
      return { results: [], error: new Error('Connection terminated unexpectedly') };
    },
    usable: () => !lost && connection.usable(),
  };
};

it.each([
  ['without reads', false],
  ['with reads', true],
])(
  'does not say that nothing has happened when the database cannot be reached after a lost COMMIT, %s',
  async (_, reads) => {
    const name = crypto.randomUUID();
    let opened = 0;
    const connections = poolOf(dsql, {
      open: async (openReal) => {
        opened += 1;
        if (opened > 1) throw new Error('connect ECONNREFUSED');
        return losingCommit(await openReal());
      },
    });
    const { unitOfWork } = unitOfWorkOn(connections, dsqlCounters, schema);
    const work = reads
      ? counterWork(addTo(name, 1), { load: { names: [name] } })
      : counterWork(setTo(name, 1));
    await connections.warmUp();
    await expect(
      unitOfWork.execute({ ...work, deadline: Date.now() + 1_000 }),
    ).rejects.toMatchObject({
      kind: 'OutcomeUnknown',
      message: expect.stringContaining('ECONNREFUSED'),
      cause: { kind: 'Unavailable' },
    });
    await connections.close();
    const admin = poolOf(dsql);
    const one = statement(`SELECT value FROM ${schema}.counters WHERE name = $1`, name);
    expect((await query(admin, one, { writes: false })).rows).toHaveLength(1);
    await admin.close();
  },
);
