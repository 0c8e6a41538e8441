import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE } from 'kysely/migration';
import { expect, it } from 'vitest';
import { kyselyMigratorTables } from '../../../../src/adapters/dsql/kysely/catalog.ts';

it("the tables of Kysely's migrator have the names that Kysely gives them", () => {
  expect(kyselyMigratorTables).toEqual({
    migrations: DEFAULT_MIGRATION_TABLE,
    lock: DEFAULT_MIGRATION_LOCK_TABLE,
  });
});
