import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientConfig } from '../../../../packages/local-dsql/src/postgres/postgres.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

type Startup = { getStartupConf(): Readonly<Record<string, string>> };

describe('the connection of the local DSQL to its PostgreSQL', () => {
  it('takes no setting from a PG… variable', () => {
    const names = ['OPTIONS', 'REPLICATION', 'APPNAME', 'USER', 'DATABASE', 'PASSWORD', 'HOST'];
    const more = ['STATEMENT_TIMEOUT', 'LOCK_TIMEOUT', 'SSLMODE', 'CLIENT_ENCODING', 'PORT'];
    for (const name of [...names, ...more]) vi.stubEnv(`PG${name}`, 'require');
    const where = { host: '/run', port: 5432, user: 'postgres', password: 'p', database: 'd' };
    const client = new pg.Client(clientConfig(where));
    expect((client as unknown as Startup).getStartupConf()).toEqual({
      ...{ user: 'postgres', database: 'd', application_name: 'antipode', replication: 'false' },
      options:
        '-c search_path=pg_catalog -c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0',
    });
    expect(client).toMatchObject({ host: '/run', port: 5432, ssl: false });
  });
});
