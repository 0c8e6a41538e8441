import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerSchema } from '../../../../../../src/adapters/ledger/index.ts';
import { type TestDsql, testDsql } from '../../../../../support/dsql.ts';
import { deployedMigrations } from '../../../../../support/ledger/migrations.ts';
import { type MigrateCommandLine, migrateCommandLine } from '../migrate-support.ts';

/** Processes start slowly on a machine that others use too. */
const processesMsMax = 120_000;

let dsql: TestDsql;
let antipode: MigrateCommandLine;

beforeAll(async () => {
  dsql = await testDsql();
  antipode = await migrateCommandLine(
    dsql,
    new URL('../../../../../../', import.meta.url).pathname,
  );
});
afterAll(async () => {
  await antipode.stop();
  await dsql.stop();
});

const ids = deployedMigrations.map(({ id }) => id);

const tables = () =>
  antipode.look(
    `SELECT relname FROM pg_class WHERE relnamespace = '${ledgerSchema}'::regnamespace AND relkind = 'r'`,
  );

describe('antipode migrate, as the project says what to migrate', () => {
  it(
    "builds the ledger's schema from nothing, started twice at once, each migration once",
    async () => {
      const both = await Promise.all([antipode.run('up'), antipode.run('up')]);
      expect(both.map(({ code, errors }) => ({ code, errors }))).toEqual([
        { code: 0, errors: [] },
        { code: 0, errors: [] },
      ]);
      const applied = both.flatMap(({ lines }) =>
        lines.flatMap((line) => / applied (\S+)$/.exec(line)?.[1] ?? []),
      );
      expect(applied.toSorted()).toEqual(ids.toSorted());
      expect((await tables()).map((row) => row['relname'])).toEqual(
        expect.arrayContaining(['transactions', 'accounts', 'outbox', 'idempotency']),
      );
      const invalid = await antipode.look('SELECT 1 FROM pg_index WHERE NOT indisvalid');
      expect(invalid).toEqual([]);
      const status = await antipode.run('status --json');
      const { migrations } = JSON.parse(status.lines[0] ?? '');
      expect(migrations).toEqual(
        ids.map((id) => expect.objectContaining({ id, state: 'applied' })),
      );
      expect((await antipode.run('plan')).lines).toEqual(['-- nothing to apply']);
    },
    processesMsMax,
  );
});
