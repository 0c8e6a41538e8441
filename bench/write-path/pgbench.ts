import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Address } from '../support/server.ts';
import { schema } from './command.ts';

const run = promisify(execFile);

/** The same three rows; ids are the server's, since the client has none. */
const script = `\\startpipeline
BEGIN;
INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at)
  VALUES (gen_random_uuid()::text, 'COMPLETED', repeat('f', 25), repeat('r', 38), now() + interval '30 days');
INSERT INTO ${schema}.entry (id, account, amount, note)
  VALUES (gen_random_uuid(), 'account-12345678', 12.345, repeat('n', 100));
INSERT INTO ${schema}.outbox (shard, id, envelope, origin_region, occurred_at, due_at, attempts)
  VALUES (7, gen_random_uuid(), repeat('e', 500), 'us-east-1', now(), now() + interval '1 minute', 0);
COMMIT;
\\endpipeline
`;

/** Whether this machine has PostgreSQL's own load generator. */
export const hasPgbench = (): Promise<boolean> =>
  run('pgbench', ['--version']).then(
    () => true,
    () => false,
  );

/**
 * Runs five statements in a pipeline from C, as a measure of what the server can take.
 *
 * @param seconds whole ones, which is what `pgbench` takes
 * @returns commands per second, and how many there were
 */
export const runPgbench = async (
  { host, port, user, password, ca }: Address,
  clients: number,
  seconds: number,
): Promise<{ readonly perSecond: number; readonly commands: number }> => {
  const folder = await mkdtemp(join(tmpdir(), 'antipode-pgbench-'));
  const file = join(folder, 'pgbench');
  await Promise.all([writeFile(`${file}.sql`, script), writeFile(`${file}.pem`, ca)]);
  try {
    const { stdout } = await run(
      'pgbench',
      ['-n', '-M', 'extended', '-f', `${file}.sql`, '-c', `${clients}`, '-T', `${seconds}`],
      {
        env: {
          ...process.env,
          ...{ PGHOST: host, PGPORT: `${port}`, PGUSER: user, PGDATABASE: 'postgres' },
          ...{ PGPASSWORD: await password(), PGSSLMODE: 'verify-ca', PGSSLROOTCERT: `${file}.pem` },
        },
      },
    );
    const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1]);
    return {
      perSecond: number(/tps = ([\d.]+)/),
      commands: number(/actually processed: (\d+)/),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
};
