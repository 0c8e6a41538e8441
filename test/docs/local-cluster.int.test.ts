import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCluster } from '../../docs/examples/local-cluster.ts';
import { type TestDsql, testDsql } from '../support/dsql.ts';

const folder = mkdtempSync(join(tmpdir(), 'antipode-docs-'));
const caFile = join(folder, 'ca.pem');

let dsql: TestDsql;

beforeAll(async () => {
  dsql = await testDsql();
  writeFileSync(caFile, dsql.ca);
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await dsql.stop();
});

const ask = async (environment: Readonly<Record<string, string>>) => {
  const { region, credentials } = dsql;
  const db = openCluster(environment, { region, credentials });
  try {
    return (await sql`SELECT 1 AS one`.execute(db)).rows;
  } finally {
    await db.destroy();
  }
};

it('the documents open a local cluster by its endpoint and its authority', async () => {
  const { endpoint } = dsql;
  expect(await ask({ DSQL_ENDPOINT: endpoint, DSQL_CA: caFile })).toEqual([{ one: 1 }]);
  const message = /certificate of the database is not trusted .*: check the endpoint, and name its/;
  await expect(ask({ DSQL_ENDPOINT: endpoint })).rejects.toThrow(message);
});
