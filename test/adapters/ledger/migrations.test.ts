import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar, refusalOf } from '../../../packages/local-dsql/src/statements/index.ts';
import { scriptOf } from '../../../src/adapters/dsql/migration/format/migration.ts';
import { shapeOf } from '../../../src/adapters/dsql/sql/statement-shape.ts';
import { deployedMigrations } from '../../support/ledger/migrations.ts';

beforeAll(loadGrammar);

const problemsOf = (sql: string) => shapeOf(sql).problem ?? refusalOf(sql)?.message;

describe("the ledger's migrations", () => {
  // They are deployed by a function, which has no grammar to look at them with.
  it.each(deployedMigrations)('$id is what DSQL carries out', (migration) => {
    for (const { sql } of scriptOf(migration).statements) expect(problemsOf(sql)).toBeUndefined();
  });

  it('have ids of their own', () => {
    const ids = deployedMigrations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
