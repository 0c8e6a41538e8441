import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { psqlLine } from '../../../../../packages/cli/src/commands/local/database-access.ts';

/** The password and the arguments that a shell gives to psql for a printed line. */
const givenTo = (line: string) => {
  const psql = `psql() { printf '%s\\n' "$PGPASSWORD" "$@"; }`;
  const exported = line.replace('PGPASSWORD=', 'export PGPASSWORD=').replace(' psql ', '; psql ');
  const { stdout } = spawnSync('sh', ['-c', `${psql}; ${exported}`], { encoding: 'utf8' });
  return stdout.trimEnd().split('\n');
};

describe('the line that opens psql', () => {
  it('gives one connection string, which checks the certificate and the name', () => {
    expect(psqlLine('localhost:4132', { ca: '/app/ca.pem', token: '/dev/null' })).toBe(
      `PGPASSWORD="$(cat /dev/null)" psql 'host=localhost port=4132 dbname=postgres user=admin sslmode=verify-full sslrootcert=/app/ca.pem'`,
    );
  });

  it("quotes a path for the shell and for PostgreSQL's library", () => {
    const ca = "/a person's\\project/ca.pem";
    const [, settings] = givenTo(psqlLine('localhost:4132', { ca, token: '/dev/null' }));
    expect(settings).toMatch(/ sslrootcert='\/a person\\'s\\\\project\/ca\.pem'$/);
  });
});
