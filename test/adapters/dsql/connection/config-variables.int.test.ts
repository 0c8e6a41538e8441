import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCertificate } from '../../../../packages/local-dsql/src/server/certificate.ts';
import { childEnvironment } from '../../../support/child-environment.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { adminOptions } from '../../../support/dsql-adapter.ts';

const run = promisify(execFile);
const script = `${import.meta.dirname}/environment-client.ts`;

/**
 * Every variable that a client of PostgreSQL is known to read, with a value that would be noticed.
 */
const hostile = (home: string): Readonly<Record<string, string>> => ({
  HOME: home,
  APPDATA: home,
  USER: 'intruder',
  USERNAME: 'intruder',
  PGHOST: '127.0.0.2',
  PGHOSTADDR: '127.0.0.2',
  PGPORT: '1',
  PGUSER: 'intruder',
  PGPASSWORD: 'stolen',
  PGPASSFILE: join(home, '.pgpass'),
  PGPASS_NO_DEESCAPE: 'true',
  PGDATABASE: 'elsewhere',
  PGOPTIONS: '-c search_path=elsewhere -c timezone=Asia/Tokyo',
  PGREPLICATION: 'database',
  PGAPPNAME: 'intruder',
  PGFALLBACK_APPLICATION_NAME: 'intruder',
  PGCLIENTENCODING: 'LATIN1',
  PGCLIENT_ENCODING: 'LATIN1',
  PGBINARY: 'true',
  PGSSL: 'false',
  PGSSLMODE: 'disable',
  PGSSLNEGOTIATION: 'postgres',
  PGSSLROOTCERT: join(home, 'missing.pem'),
  PGSSLCERT: join(home, 'missing.pem'),
  PGSSLKEY: join(home, 'missing.pem'),
  PGREQUIRESSL: '0',
  PGCHANNELBINDING: 'require',
  PGCONNECT_TIMEOUT: '1',
  PGSTATEMENT_TIMEOUT: '1',
  PGLOCK_TIMEOUT: '1',
  PGIDLE_IN_TRANSACTION_SESSION_TIMEOUT: '1',
  PGQUERY_TIMEOUT: '1',
  PGKEEPALIVES: '0',
  PGTZ: 'Asia/Tokyo',
  PGDATESTYLE: 'SQL, DMY',
  PGTARGETSESSIONATTRS: 'read-only',
  PGSERVICE: 'elsewhere',
  PGSERVICEFILE: join(home, '.pg_service.conf'),
  PGSYSCONFDIR: home,
  NODE_PG_FORCE_NATIVE: '1',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
});

let dsql: TestDsql;
let home: string;

beforeAll(async () => {
  dsql = await testDsql();
  home = await mkdtemp(join(tmpdir(), 'antipode-home-'));
  await writeFile(join(home, '.pgpass'), '*:*:*:*:stolen\n', { mode: 0o600 });
  await writeFile(join(home, 'pgpass.conf'), '*:*:*:*:stolen\n', { mode: 0o600 });
});

afterAll(async () => {
  await rm(home, { recursive: true });
  await dsql.stop();
});

const ask = (options: object, env: Readonly<Record<string, string>>) =>
  run('node', [script, JSON.stringify(options)], {
    env: { ...childEnvironment(), ...env },
    timeout: 20_000,
  });

/** A server that keeps the first message of a client and hangs up. */
const startListener = async () => {
  const { ca, cert, key } = createLocalCertificate(['us-east-1']);
  const first = Promise.withResolvers<Buffer>();
  const server = createServer({ cert, key, ALPNProtocols: ['postgresql'] }, (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      first.resolve(data);
      socket.destroy();
    });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as { readonly port: number };
  return { ca, port, first: first.promise, stop: () => server.close() };
};

/**
 * The names and values of a startup message: behind its length and version, each ends with a zero.
 */
const startupParameters = (message: Buffer): Readonly<Record<string, string>> => {
  const texts = message.subarray(8).toString().split('\0');
  const pairs: [string, string][] = [];
  for (let at = 0; texts[at]; at += 2) pairs.push([texts[at] ?? '', texts[at + 1] ?? '']);
  return Object.fromEntries(pairs);
};

describe('a connection takes from the environment nothing that its options do not name', () => {
  it('has the settings of a session without any variable', async () => {
    const options = adminOptions(dsql);
    const clean = await ask(options, {});
    const { stdout } = await ask(options, hostile(home));
    expect(JSON.parse(stdout)).toEqual(JSON.parse(clean.stdout));
    expect(JSON.parse(stdout)).toMatchObject({ user: 'admin', application: 'antipode' });
  });

  it('sends a startup message of user, database and application name', async () => {
    const listener = await startListener();
    const options = { ...adminOptions(dsql), ca: listener.ca, connectMsMax: 2_000 };
    const asking = ask({ ...options, endpoint: `localhost:${listener.port}` }, hostile(home));
    asking.catch(() => undefined);
    expect(startupParameters(await listener.first)).toEqual({
      ...{ user: 'admin', database: 'postgres', application_name: 'antipode' },
      client_encoding: 'UTF8',
    });
    listener.stop();
    await asking.catch(() => undefined);
  });

  it('trusts no certificate because of a variable', async () => {
    const { ca: other } = createLocalCertificate(['us-east-1']);
    const asking = ask({ ...adminOptions(dsql), ca: other }, hostile(home));
    await expect(asking).rejects.toThrow(/certificate of the database is not trusted/);
  });
});
