import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeInt32 } from '../../../../packages/local-dsql/src/protocol/protocol.ts';
import { clusterId, type LocalDsql, roleArn, signToken, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
  await dsql.withClient(async (admin) => {
    await admin.query('CREATE ROLE ledger_app WITH LOGIN');
    await admin.query(`AWS IAM GRANT ledger_app TO '${roleArn}'`);
    await admin.query('CREATE ROLE unmapped WITH LOGIN');
    await admin.query('CREATE TABLE item (id int PRIMARY KEY, value text)');
  });
});

afterAll(() => dsql.stop());

const oneRow = { rows: [{ answer: 42 }] };

describe.each([
  { name: 'negotiated', sslnegotiation: 'postgres' },
  { name: 'direct', sslnegotiation: 'direct' },
] as const)('a client with $name TLS', ({ sslnegotiation }) => {
  it.each([false, true])('gets answers, pipeline: %s', async (pipeline) => {
    await dsql.withClient(
      async (client) => {
        const answers = await Promise.all([
          client.query('SELECT 42 AS answer'),
          client.query('SELECT $1::int AS answer', [42]),
          client.query({ name: 'prepared', text: 'SELECT $1::int AS answer', values: [42] }),
          client.query({ name: 'prepared', text: 'SELECT $1::int AS answer', values: [42] }),
        ]);
        expect(answers).toEqual(answers.map(() => expect.objectContaining(oneRow)));
      },
      { sslnegotiation, pipeline } as object,
    );
  });
});

const longStatement = 'SELECT pg_sleep(20)';

/**
 * A statement cannot be cancelled before PostgreSQL has it: a session gets its connection when it
 * needs one.
 */
const untilPostgresRuns = async (text: string): Promise<void> => {
  const observer = new pg.Client({ ...dsql.postgres });
  await observer.connect();
  const running = async () => {
    const { rowCount } = await observer.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND query = $1`,
      [text],
    );
    return rowCount;
  };
  await expect.poll(running, { timeout: 10_000 }).toBe(1);
  await observer.end();
};

describe('a session', () => {
  it('is at REPEATABLE READ, in UTC, without superuser rights', async () => {
    const { rows } = await dsql.withClient((client) =>
      client.query(
        `SELECT session_user, current_setting('transaction_isolation') AS isolation,
                current_setting('TimeZone') AS zone, rolsuper
         FROM pg_roles WHERE rolname = session_user`,
      ),
    );
    expect(rows).toEqual([
      {
        session_user: 'admin',
        isolation: 'repeatable read',
        zone: 'UTC',
        rolsuper: false,
      },
    ]);
  });

  it('of a custom role may do what it was granted and no more', async () => {
    const config = {
      user: 'ledger_app',
      password: () => signToken({ accessKeyId: 'LOCALROLE', action: 'DbConnect' }),
    };
    await dsql.withClient(async (client) => {
      await expect(client.query('SELECT * FROM item')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query('CREATE TABLE mine (id int)')).rejects.toMatchObject({
        code: '42501',
      });
      await client.query('RESET SESSION AUTHORIZATION');
      await client.query('SET SESSION AUTHORIZATION DEFAULT');
      await expect(client.query('CREATE ROLE other')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query(`AWS IAM GRANT admin TO '${roleArn}'`)).rejects.toMatchObject({
        code: '42501',
      });
    }, config);
  });

  it('reports errors in the middle of a pipeline to their own statement only', async () => {
    await dsql.withClient(
      async (client) => {
        const answers = await Promise.allSettled([
          client.query('SELECT 1'),
          client.query('SELECT 1 / $1::int', [0]),
          client.query('SELECT 42 AS answer'),
        ]);
        expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      },
      { pipeline: true } as object,
    );
  });

  it('carries large rows both ways', async () => {
    const text = 'x'.repeat(5_000_000);
    const { rows } = await dsql.withClient((client) =>
      client.query('SELECT $1::text AS echo, repeat($1, 3) AS more', [text]),
    );
    expect(rows[0].echo).toBe(text);
    expect(rows[0].more).toHaveLength(15_000_000);
  });

  it('is cancelled by a cancel request', async () => {
    await dsql.withClient(async (client) => {
      const { processID, secretKey } = client as unknown as {
        processID: number;
        secretKey: number;
      };
      const sleeping = client.query(longStatement);
      const request = Buffer.concat([16, 80_877_102, processID, secretKey].map(encodeInt32));
      const cancelled = expect(sleeping).rejects.toMatchObject({ code: '57014' });
      await untilPostgresRuns(longStatement);
      connect(dsql.endpoint.port, '127.0.0.1').end(request);
      await cancelled;
    });
  });
});

describe('access', () => {
  const refusal = { message: 'unable to accept connection, access denied' };
  const attempt = (config: object) => dsql.withClient(async () => 'admitted', config);
  const role = { accessKeyId: 'LOCALROLE', action: 'DbConnect' } as const;

  it('is granted for the endpoint name of the cluster', async () => {
    const hostname = `${clusterId}.dsql.us-east-1.on.aws`;
    await expect(attempt({ password: () => signToken({ hostname }) })).resolves.toBe('admitted');
  });

  it.each([
    ['a token of another Region', { password: () => signToken({ region: 'us-west-2' }) }],
    ['a token for another host', { password: () => signToken({ hostname: 'db.example.com' }) }],
    ['a token without the admin action', { password: () => signToken({ action: 'DbConnect' }) }],
    ['a token with the wrong secret', { password: () => signToken({ secretAccessKey: 'guess' }) }],
    ['a token of an unknown key', { password: () => signToken({ accessKeyId: 'NOBODY' }) }],
    ['a password that is no token', { password: 'secret' }],
    ['an admin token for a custom role', { user: 'ledger_app', password: () => signToken() }],
    [
      'a role that the principal is not mapped to',
      { user: 'unmapped', password: () => signToken(role) },
    ],
    ['a role that does not exist', { user: 'ghost', password: () => signToken(role) }],
  ])('is denied with %s', async (_, config) => {
    await expect(attempt(config)).rejects.toMatchObject(refusal);
  });

  it('is denied with an expired token, and the hint says so', async () => {
    const late = await startLocalDsql({ clock: { now: () => Date.now() + 901_000 } });
    try {
      const attempt = late.withClient(async () => 'admitted');
      await expect(attempt).rejects.toMatchObject({
        ...refusal,
        hint: expect.stringMatching(/^Signature expired: /),
      });
    } finally {
      await late.stop();
    }
  });

  it('ends with AWS IAM REVOKE', async () => {
    const config = { user: 'leaver', password: () => signToken(role) };
    await dsql.withClient(async (admin) => {
      await admin.query('CREATE ROLE leaver WITH LOGIN');
      await admin.query(`AWS IAM GRANT leaver TO '${roleArn}'`);
      await expect(attempt(config)).resolves.toBe('admitted');
      await admin.query(`AWS IAM REVOKE leaver FROM '${roleArn}'`);
      await expect(attempt(config)).rejects.toMatchObject(refusal);
    });
  });

  it('is refused without TLS', async () => {
    await expect(attempt({ ssl: false })).rejects.toMatchObject({ code: '28000' });
  });

  it('is refused to a database other than postgres', async () => {
    await expect(attempt({ database: 'ledger' })).rejects.toMatchObject({ code: '3D000' });
  });

  it.each([
    { statement_timeout: 1000 },
    { options: '-c lock\\_timeout=5' },
    { options: '-S 65536' },
  ])('is refused with the setting %o, which a session may not change', async (setting) => {
    await expect(attempt(setting)).rejects.toMatchObject({ code: '0A000' });
  });

  it('is granted with a setting that a session may change', async () => {
    const config = { options: '-c search_path=ledger -c timezone=UTC', application_name: 'test' };
    await expect(attempt(config)).resolves.toBe('admitted');
  });

  it.each([
    ['-c timezone=America/New_York', 'America/New_York'],
    ['', 'UTC'],
  ])('runs with the time zone in the options %j', async (options, zone) => {
    const client = dsql.client({ options });
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('timezone') AS zone");
    await client.end();
    expect(rows).toEqual([{ zone }]);
  });

  it('maps roles to principals in sys.iam_pg_role_mappings', async () => {
    const { rows } = await dsql.withClient((client) =>
      client.query(
        `SELECT arn, pg_role_name, grantor_pg_role_name FROM sys.iam_pg_role_mappings
         WHERE pg_role_name = 'ledger_app'`,
      ),
    );
    expect(rows).toEqual([
      { arn: roleArn, pg_role_name: 'ledger_app', grantor_pg_role_name: 'admin' },
    ]);
  });
});

describe('CREATE INDEX ASYNC', () => {
  it.each([{}, { queryMode: 'extended' }])('answers one row with a job, %o', async (mode) => {
    await dsql.withClient(async (client) => {
      const created = await client.query({ text: 'CREATE INDEX ASYNC ON item (value)', ...mode });
      expect(created.command).toBe('CREATE');
      expect(created.rows).toEqual([{ job_id: expect.stringMatching(/^[a-z2-7]{26}$/) }]);
      const waited = await client.query(`CALL sys.wait_for_job('${created.rows[0].job_id}')`);
      expect(waited.rows).toEqual([{ succeeded: true }]);
    });
  });

  it('answers no row for an index that exists already', async () => {
    await dsql.withClient(async (client) => {
      const create = 'CREATE INDEX ASYNC IF NOT EXISTS item_value ON item (value)';
      expect((await client.query(create)).rows).toHaveLength(1);
      expect((await client.query(create)).rows).toEqual([]);
    });
  });

  it('leaves an invalid index when the rows are not unique', async () => {
    await dsql.withClient(async (client) => {
      await client.query('CREATE TABLE twins (id int PRIMARY KEY, value text)');
      await client.query(`INSERT INTO twins VALUES (1, 'same'), (2, 'same')`);
      const { rows } = await client.query('CREATE UNIQUE INDEX ASYNC twins_value ON twins (value)');
      const jobs = await client.query('SELECT status, details FROM sys.jobs WHERE job_id = $1', [
        rows[0].job_id,
      ]);
      expect(jobs.rows).toEqual([
        { status: 'failed', details: expect.stringContaining('could not create unique index') },
      ]);
      const indexes = await client.query(
        `SELECT indisvalid FROM pg_index WHERE indexrelid = 'twins_value'::regclass`,
      );
      expect(indexes.rows).toEqual([{ indisvalid: false }]);
      await client.query('DROP INDEX twins_value');
    });
  });
});

describe('transactions', () => {
  it('in parallel on one row conflict with 40001 and OC000', async () => {
    await dsql.withClient(async (a) => {
      await a.query(`INSERT INTO item VALUES (1, 'start')`);
      await dsql.withClient(async (b) => {
        await a.query('BEGIN');
        await b.query('BEGIN');
        await b.query('SELECT * FROM item');
        await a.query(`UPDATE item SET value = 'a' WHERE id = 1`);
        await a.query('COMMIT');
        const lost = (async () => {
          await b.query(`UPDATE item SET value = 'b' WHERE id = 1`);
          await b.query('COMMIT');
        })();
        await expect(lost).rejects.toMatchObject({
          code: '40001',
          message: 'change conflicts with another transaction (OC000)',
        });
      });
    });
  });
});
