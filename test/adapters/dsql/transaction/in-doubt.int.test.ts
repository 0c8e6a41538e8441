import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConnectionPool } from '../../../../src/adapters/dsql/index.ts';
import {
  addTo,
  counterWork,
  dsqlCounters,
  counterSchema as schema,
  setTo,
} from '../../../support/counter.ts';
import { counterValue, testCounters } from '../../../support/counter-database.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { poolOf, unitOfWorkOn } from '../../../support/dsql-adapter.ts';
import { faultyConnections } from '../../../support/faulty-connection.ts';

let dsql: TestDsql;
let direct: ConnectionPool;

beforeAll(async () => {
  dsql = await testCounters();
  direct = poolOf(dsql);
});

afterAll(async () => {
  await direct.close();
  await dsql.stop();
});

it.each([
  ['without reads', false],
  ['with reads', true],
])(
  'does not say that nothing has happened when the database cannot be reached after a lost COMMIT, %s',
  async (_, reads) => {
    const name = crypto.randomUUID();
    const commit = reads ? 1 : 0;
    const faulty = faultyConnections((flight) => (flight === commit ? 'lost answer' : undefined));
    let opened = 0;
    const connections = poolOf(dsql, {
      open: (openReal) => {
        opened += 1;
        if (opened > 1) throw new Error('connect ECONNREFUSED');
        return faulty.open(openReal);
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
    expect(await counterValue(direct, name)).toBe(1);
  },
);
