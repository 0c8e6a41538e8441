import { describe, expect, it } from 'vitest';
import { migrationsOf } from '../../../../../src/adapters/dsql/migration/format/service-migrations.ts';
import { InvalidInput, type ServiceMigration } from '../../../../../src/domain/kernel/index.ts';

const table = { id: 'shows', ddl: 'CREATE TABLE IF NOT EXISTS box.shows (id text PRIMARY KEY)' };
const rows = { id: 'first-shows', dml: "INSERT INTO box.shows VALUES ('hamlet')" };

const read = (...migrations: readonly ServiceMigration[]) =>
  migrationsOf({ schema: 'box', migrations });

describe('the migrations of a service', () => {
  it('come after those of the framework, definitions and changes of data alike', async () => {
    const all = await read(table, rows);
    expect(all.map(({ id }) => id).slice(-2)).toEqual(['shows', 'first-shows']);
    expect(all[0]?.id).toBe('antipode-0001-idempotency');
    expect(all.at(-1)).toEqual({ id: 'first-shows', ddl: rows.dml });
  });

  it('are loaded where the declaration gives a function', async () => {
    const all = await migrationsOf({ schema: 'box', migrations: async () => [table] });
    expect(all.at(-1)).toEqual(table);
  });

  it.each([
    `/* first */ ${rows.dml}`,
    `${table.ddl}; DELETE FROM box.shows`,
    "WITH old AS (SELECT 1) UPDATE box.shows SET id = 'macbeth'",
  ])('refuse a change of data as ddl: %s', async (ddl) => {
    const refusal = expect(read({ id: 'wrong', ddl })).rejects;
    await refusal.toThrow(InvalidInput);
    await refusal.toThrow(/^wrong changes data in its ddl: write it as dml$/);
  });

  it.each([table.ddl, `${rows.dml}; CREATE INDEX ASYNC a ON box.shows (id)`])(
    'refuse a definition as dml: %s',
    async (dml) => {
      await expect(read({ id: 'wrong', dml })).rejects.toThrow(
        /^wrong changes no data in its dml: write it as ddl$/,
      );
    },
  );

  it.each([{ id: 'wrong' }, { ...table, ...rows, id: 'wrong' }])(
    'refuse an entry that is not of one kind: %j',
    async (entry) => {
      await expect(read(entry as never)).rejects.toThrow(
        'wrong must have either ddl or dml: give one of them',
      );
    },
  );
});
