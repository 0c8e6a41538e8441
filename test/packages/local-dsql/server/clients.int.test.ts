import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AuroraDSQLClient, AuroraDSQLPool } from '@aws/aurora-dsql-node-postgres-connector';
import { Kysely } from 'kysely';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DsqlDialect } from '../../../../src/adapters/dsql/index.ts';
import { signToken, type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';

const run = promisify(execFile);
const longerThanTests = 3600;

let dsql: TestDsql;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  dsql = await testDsql();
  folder = mkdtempSync(join(tmpdir(), 'antipode-clients-'));
  writeFileSync(join(folder, 'ca.pem'), dsql.ca);
  environment = {
    PATH: process.env['PATH'] ?? '',
    PGHOST: dsql.host,
    PGPORT: `${dsql.port}`,
    PGUSER: 'admin',
    PGDATABASE: 'postgres',
    PGPASSWORD: await signToken('admin', dsql, longerThanTests),
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: join(folder, 'ca.pem'),
  };
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)');
  await admin.query('CREATE TABLE history (account_id int, delta int, at timestamp)');
});

beforeEach(async () => {
  const admin = await dsql.adminConnection();
  await admin.query('DELETE FROM account');
  await admin.query('INSERT INTO account SELECT n, 0 FROM generate_series(1, 100) AS n');
});

afterAll(async () => {
  await dsql.stop();
  rmSync(folder, { recursive: true });
});

const isInstalled = async (program: string): Promise<boolean> =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );

const hasPsql = await isInstalled('psql');
const hasPgbench = await isInstalled('pgbench');
for (const [program, present] of Object.entries({ psql: hasPsql, pgbench: hasPgbench })) {
  if (!present)
    console.warn(`NOT RUN: ${program} is not on the PATH, and what is tested with it is not`);
}

describe.runIf(hasPsql)('psql', () => {
  const psql = (...args: readonly string[]) =>
    run('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...args], { env: environment });

  /**
   * An interactive session; `ask` sends a line and returns what comes back up to the echo of a
   * marker.
   */
  const session = () => {
    const child = spawn('psql', ['-X', '-A', '-t', '-q'], { env: environment });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => lines.push(line));
    }
    let asked = 0;
    return {
      ask: async (sql: string): Promise<string> => {
        asked += 1;
        child.stdin.write(`${sql}\n\\warn done ${asked}\n`);
        await expect.poll(() => lines.includes(`done ${asked}`), { timeout: 10_000 }).toBe(true);
        await delay(20);
        const said = lines.splice(0).filter((line) => line !== `done ${asked}`);
        return said.join('\n');
      },
      end: async () => {
        child.stdin.end('\\q\n');
        await once(child, 'close');
      },
    };
  };

  it('connects with verified TLS, describes tables and copies both ways', async () => {
    const { stdout } = await psql(
      '-P',
      't=off',
      '-c',
      '\\d account',
      '-c',
      'SELECT count(*) FROM account',
    );
    expect(stdout).toMatch(
      /balance\|integer\|\|not null\|[\s\S]*"account_pkey" PRIMARY KEY[\s\S]*\n100\n/,
    );
    expect(stdout).not.toMatch(/trigger/i);
    writeFileSync(join(folder, 'rows.csv'), '201,5\n202,6\n');
    await psql('-c', `\\copy account FROM '${join(folder, 'rows.csv')}' WITH (FORMAT csv)`);
    const copied = await psql(
      '-c',
      '\\copy (SELECT * FROM account WHERE id > 200 ORDER BY id) TO STDOUT',
    );
    expect(copied.stdout).toBe('201\t5\n202\t6\n');
  });

  it('shows the conflict of two sessions at COMMIT, and nobody waits', async () => {
    const [a, b] = [session(), session()];
    for (const one of [a, b]) await one.ask('BEGIN;');
    const started = performance.now();
    expect(await a.ask('UPDATE account SET balance = 1 WHERE id = 1 RETURNING balance;')).toBe('1');
    expect(await b.ask('UPDATE account SET balance = 2 WHERE id = 1 RETURNING balance;')).toBe('2');
    // One that waited would wait until the other's COMMIT.
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(await a.ask('COMMIT;')).toBe('');
    expect(await b.ask('COMMIT;')).toMatch(
      /^ERROR: {2}change conflicts with another transaction \(OC000\)$/m,
    );
    await Promise.all([a.end(), b.end()]);
  });
});

describe.runIf(hasPgbench)('pgbench', () => {
  const script = `
\\set id random(1, 100)
\\set delta random(-5000, 5000)
BEGIN;
UPDATE account SET balance = balance + :delta WHERE id = :id;
SELECT balance FROM account WHERE id = :id;
INSERT INTO history (account_id, delta, at) VALUES (:id, :delta, current_timestamp);
END;
`;

  it.each(['simple', 'extended', 'prepared'])(
    'runs its transactions by the %s protocol',
    async (mode) => {
      const file = join(folder, 'tpcb.sql');
      writeFileSync(file, script);
      const admin = await dsql.adminConnection();
      await admin.query('DELETE FROM history');
      const { stdout } = await run(
        'pgbench',
        ['-n', '-M', mode, '-c', '4', '-t', '50', '--max-tries=1000', '-f', file],
        { env: environment },
      );
      expect(stdout).toMatch(/number of transactions actually processed: 200\/200/);
      const { rows } = await admin.query(
        'SELECT (SELECT sum(balance) FROM account) = (SELECT sum(delta) FROM history) AS consistent, (SELECT count(*) FROM history) AS made',
      );
      expect(rows).toEqual([{ consistent: true, made: '200' }]);
    },
  );
});

describe('postgres.js', () => {
  it('queries, pipelines and runs transactions', async () => {
    const sql = postgres({
      host: dsql.host,
      port: dsql.port,
      user: 'admin',
      database: 'postgres',
      password: () => signToken('admin', dsql),
      ssl: { ca: dsql.ca },
      max: 2,
    });
    try {
      const answers = await Promise.all([1, 2, 3].map((n) => sql`SELECT ${n}::int AS n`));
      expect(answers.map(([row]) => row?.['n'])).toEqual([1, 2, 3]);
      const [row] = await sql.begin(async (transaction) => {
        await transaction.unsafe('UPDATE account SET balance = $1 WHERE id = 1', [7]);
        return transaction.unsafe('SELECT balance FROM account WHERE id = 1');
      });
      expect(row).toEqual({ balance: 7 });
    } finally {
      await sql.end();
    }
  });
});

describe('Kysely', () => {
  it('queries and runs transactions', async () => {
    type Tables = { readonly account: { readonly id: number; readonly balance: number } };
    const db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections: poolOf(dsql) }) });
    try {
      await db.transaction().execute(async (transaction) => {
        await transaction.updateTable('account').set({ balance: 9 }).where('id', '=', 1).execute();
      });
      const row = await db.selectFrom('account').selectAll().where('id', '=', 1).executeTakeFirst();
      expect(row).toEqual({ id: 1, balance: 9 });
    } finally {
      await db.destroy();
    }
  });
});

describe("AWS's connector", () => {
  /**
   * It takes a host without dots for the identifier of a cluster: so the address, not `localhost`.
   */
  const config = () => ({
    host: '127.0.0.1',
    port: dsql.port,
    region: dsql.region,
    user: 'admin',
    ssl: { ca: dsql.ca },
    customCredentialsProvider: async () => dsql.credentials,
  });

  it('connects a client', async () => {
    const client = new AuroraDSQLClient(config());
    await client.connect();
    expect((await client.query('SELECT 42 AS answer')).rows).toEqual([{ answer: 42 }]);
    await client.end();
  });

  it('repeats transactions that conflict', async () => {
    const pool = new AuroraDSQLPool({ ...config(), max: 4 });
    try {
      await Promise.all(
        Array.from({ length: 4 }, () =>
          pool.transaction(
            async (client) => {
              await client.query('UPDATE account SET balance = balance + 1 WHERE id = 1');
            },
            { maxRetries: 100 },
          ),
        ),
      );
      const { rows } = await pool.query('SELECT balance FROM account WHERE id = 1');
      expect(rows).toEqual([{ balance: 4 }]);
    } finally {
      await pool.end();
    }
  });
});
