import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ConnectionPool,
  frameworkMigrations,
  readMigrationFolder,
} from '../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../support/dsql.ts';
import { migrate, poolOf } from '../support/dsql-adapter.ts';
import { asLambda, lambdaContext } from '../support/lambda.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/existing-project.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'antipode-docs-'));
const authorities = getCACertificates('default');

let dsql: TestDsql;
let pool: ConnectionPool;

/** The settings that the page exports before it invokes the function. */
const settings = [...page.matchAll(/\b([A-Z]+(?:_[A-Z]+)+)=(\w+)/g)];

beforeAll(async () => {
  dsql = await testDsql();
  pool = poolOf(dsql);
  const [, sql = ''] = /```sql\n(.*?)```/s.exec(page) ?? [];
  writeFileSync(join(folder, '0001-shows.sql'), sql);
  await migrate(pool, 'box', [
    ...frameworkMigrations('box'),
    ...(await readMigrationFolder(folder)),
  ]);
  for (const [, name = '', value = ''] of settings) vi.stubEnv(name, value);
  vi.stubEnv('DSQL_ENDPOINT', dsql.endpoint);
  vi.stubEnv('AWS_REGION', dsql.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', dsql.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', dsql.credentials.secretAccessKey);
  setDefaultCACertificates([...authorities, dsql.ca]);
});

afterAll(async () => {
  setDefaultCACertificates(authorities);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await pool.close();
  await dsql.stop();
});

describe('the service that is added to a project', () => {
  it('reserves seats once for each id, and refuses what it cannot reserve', async () => {
    const entry = await import('../../docs/examples/box-office.lambda.ts');
    const handler = asLambda(entry.handler);
    const request = { id: 'r-1', show: 'hamlet', seats: 2 };
    const answers = [
      request,
      request,
      { ...request, seats: 3 },
      { ...request, id: 'r-2', seats: 99 },
      { ...request, id: 'r-3', seats: -1 },
    ].map((one) => () => handler(one, lambdaContext()));
    const statuses: unknown[] = [];
    for (const answer of answers) statuses.push(await answer());
    expect(statuses).toMatchObject([
      { statusCode: 200, body: '{"left":98}' },
      { statusCode: 200, body: '{"left":98}' },
      { statusCode: 409 },
      { statusCode: 422 },
      { statusCode: 400 },
    ]);
  });
});
