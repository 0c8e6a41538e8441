import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reserve, box as service } from '../../docs/examples/seats.ts';
import { shows } from '../../docs/examples/shows.ts';
import { type ConnectionPool, query, statement } from '../../src/adapters/dsql/index.ts';
import { migrationsOf } from '../../src/adapters/dsql/migration/format/service-migrations.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import { systemIds } from '../../src/adapters/system/index.ts';
import { createWorkRunner } from '../../src/domain/kernel/index.ts';
import { type TestDsql, testDsql } from '../support/dsql.ts';
import { migrate, poolOf, unitOfWorkOn } from '../support/dsql-adapter.ts';
import { acceptingBus } from '../support/memory-service.ts';

let dsql: TestDsql;
let pool: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  pool = poolOf(dsql);
  await migrate(pool, 'box', await migrationsOf(service));
  const open = statement("INSERT INTO box.shows VALUES ('hamlet', 100, 0)");
  await query(pool, open, { writes: true });
});

afterAll(async () => {
  await pool.close();
  await dsql.stop();
});

describe('the box office of the documents, on bigint columns', () => {
  it('publishes versions that are numbers, each by one larger', async () => {
    const { unitOfWork, outbox } = unitOfWorkOn(pool, shows, 'box');
    const { publisher, taken } = acceptingBus();
    const metrics = createMemoryMetrics();
    const logger = createMemoryLogger();
    const deps = { unitOfWork, outbox, ids: systemIds, logger, metrics, region: dsql.region };
    const box = createWorkRunner({ ...deps, catalogue: service.catalogue, publisher });
    const results: unknown[] = [];
    for (const id of ['r-1', 'r-2', 'r-3']) {
      const run = {
        causation: { correlationid: id },
        now: Date.now(),
        deadline: Date.now() + 10_000,
      };
      results.push(await reserve(box)({ id, show: 'hamlet', seats: 2 }, run));
    }
    expect(results).toMatchObject([98, 96, 94].map((left) => ({ result: { left } })));
    expect(taken.map(({ aggregateversion }) => aggregateversion)).toEqual([1, 2, 3]);
    const stored = statement('SELECT free, version FROM box.shows');
    const { rows } = await query(pool, stored, { writes: false });
    expect(rows).toEqual([{ free: '94', version: '3' }]);
  });
});
