import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  quoteIdentifier,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import {
  createMigrationJournal,
  type MigrationJournal,
  migratorTables,
} from '../../../../src/adapters/dsql/migration/migration-journal.ts';
import type { MigrationStep } from '../../../../src/adapters/dsql/migration/migration-plan.ts';
import { migrationJournalContract } from '../../../contracts/migration-journal.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { wrongMigrationJournals } from '../../../contracts/wrong/migration-journal.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';
import { migrationClientOn, onFlight } from '../../../support/migration-client.ts';

const schema = 'a "journal"';
const quoted = quoteIdentifier(schema);

let dsql: TestDsql;
let superuser: pg.Client;
let primary: ConnectionPool;
let secondary: ConnectionPool;

const journalOn = (pool: ConnectionPool): MigrationJournal =>
  createMigrationJournal(migrationClientOn(pool), schema);

/** More time than any case takes; the clock of a client is an hour ahead. */
const deadline = (): number => Date.now() + 7_200_000;

const ask = async (sql: string, ...parameters: readonly unknown[]) =>
  (await superuser.query(sql, [...parameters])).rows;

beforeAll(async () => {
  dsql = await testDsql();
  superuser = await dsql.superuserConnection();
  primary = poolOf(dsql);
  secondary = poolOf(dsql, { at: dsql.peer });
  await ask('CREATE TABLE public.effects (id int PRIMARY KEY, count int NOT NULL)');
  await ask('ALTER TABLE public.effects OWNER TO admin');
});

afterAll(async () => {
  await Promise.all([primary.close(), secondary.close()]);
  await dsql.stop();
});

const effect = {
  ...statement('UPDATE public.effects SET count = count + 1 WHERE id = 1'),
  place: 'effect',
};
const effects = async () => (await ask('SELECT count FROM public.effects'))[0]?.count;
const resetEffects = async () => {
  await ask('DELETE FROM public.effects');
  await ask('INSERT INTO public.effects VALUES (1, 0)');
};
const finishedOf = async () =>
  (
    await ask(
      `SELECT finished_at IS NOT NULL AS finished FROM ${quoted}.migration_statement ORDER BY 1`,
    )
  ).map((row) => row.finished);

const createSubject = async () => {
  const journal = journalOn(primary);
  await journal.prepare(deadline());
  await ask(`DELETE FROM ${quoted}.migration`);
  await ask(`DELETE FROM ${quoted}.migration_statement`);
  await resetEffects();
  return {
    journal,
    other: journalOn(secondary),
    rows: async () =>
      (
        await ask(
          `SELECT migration, statement_index, checksum, begun_at, finished_at
            FROM ${quoted}.migration_statement ORDER BY migration, statement_index`,
        )
      ).map((row) => ({
        migration: row.migration,
        index: row.statement_index,
        checksum: row.checksum,
        begunAt: row.begun_at.getTime(),
        finishedAt: row.finished_at?.getTime(),
      })),
    age: async (ms: number) => {
      await ask(
        `UPDATE ${quoted}.migration_statement SET
          begun_at = begun_at - $1 * interval '1 millisecond',
          finished_at = finished_at - $1 * interval '1 millisecond'`,
        ms,
      );
    },
    effect,
    failure: { ...statement('SELECT 1 / 0'), place: 'failure' },
    effects,
    remove: async (migration: string) => {
      await ask(`DELETE FROM ${quoted}.migration_statement WHERE migration = $1`, migration);
    },
    applyUnjournaled: async (migration: string, appliedAt: string) => {
      await ask(`INSERT INTO ${quoted}.migration VALUES ($1, $2)`, migration, appliedAt);
    },
  };
};

describeSuite('a migration journal: tables of DSQL', migrationJournalContract(createSubject));
refusesWrong('tables of DSQL', wrongMigrationJournals, migrationJournalContract, createSubject);

describe('the tables of the journal', () => {
  const tables = async () =>
    (
      await ask(
        `SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
          WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY 1`,
        schema,
      )
    ).map((row) => row.relname);
  const hasSchema = async () =>
    (await ask('SELECT 1 FROM pg_namespace WHERE nspname = $1', schema)).length > 0;
  const createSchema = () => ask(`CREATE SCHEMA ${quoted} AUTHORIZATION admin`);
  /** A journal that keeps the statements that it sends. */
  const listened = () => {
    const sent: string[] = [];
    const pool = onFlight(primary, (statements, fly) => {
      sent.push(...statements.map(({ sql }) => sql));
      return fly();
    });
    return { journal: journalOn(pool), sent };
  };
  /** A journal that is told that what it creates is there already, or cannot be. */
  const answeredWith = (code: string) =>
    journalOn(
      onFlight(primary, async ([one], fly) => {
        if (!one?.sql.startsWith('CREATE')) return fly();
        await fly();
        const error = Object.assign(new Error('refused'), { code, severity: 'ERROR' });
        return { results: [], error };
      }),
    );

  const dropSchema = () => ask(`DROP SCHEMA IF EXISTS ${quoted} CASCADE`);

  beforeEach(dropSchema);
  afterAll(dropSchema);

  it('are not needed to read it, and reading makes none', async () => {
    const nothing = { applied: new Map(), entries: [] };
    expect(await journalOn(primary).read(deadline())).toEqual(nothing);
    expect(await hasSchema()).toBe(false);
    await createSchema();
    expect(await journalOn(primary).read(deadline())).toEqual(nothing);
    expect(await tables()).toEqual([]);
  });

  it('are made with their schema', async () => {
    await journalOn(primary).prepare(deadline());
    expect(await tables()).toEqual(migratorTables);
  });

  it('are made in a schema that exists', async () => {
    await createSchema();
    const { journal, sent } = listened();
    await journal.prepare(deadline());
    expect(await tables()).toEqual(migratorTables);
    expect(sent.filter((sql) => sql.startsWith('CREATE SCHEMA'))).toEqual([]);
  });

  it('are not made again: what is under way would be disturbed', async () => {
    await journalOn(primary).prepare(deadline());
    const { journal, sent } = listened();
    await journal.prepare(deadline());
    expect(sent.filter((sql) => sql.startsWith('CREATE'))).toEqual([]);
  });

  it('are added to one of an earlier release, which keeps its rows', async () => {
    await createSchema();
    await ask(
      `CREATE TABLE ${quoted}.migration (id text PRIMARY KEY, applied_at timestamptz NOT NULL)`,
    );
    await ask(`ALTER TABLE ${quoted}.migration OWNER TO admin`);
    await ask(`INSERT INTO ${quoted}.migration VALUES ('a', '2026-01-02T03:04:05.678Z')`);
    const applied = new Map([['a', '2026-01-02T03:04:05.678Z']]);
    expect(await journalOn(primary).read(deadline())).toEqual({ applied, entries: [] });
    const { journal, sent } = listened();
    await journal.prepare(deadline());
    expect(sent.filter((sql) => sql.startsWith('CREATE'))).toHaveLength(2);
    expect(await tables()).toEqual(migratorTables);
    expect(await journal.read(deadline())).toEqual({ applied, entries: [] });
  });

  it('are made by two migrators at once', async () => {
    await Promise.all([primary, secondary].map((pool) => journalOn(pool).prepare(deadline())));
    expect(await tables()).toEqual(migratorTables);
  });

  it.each(['42P06', '42P07', '42710', '23505'])(
    'may be made by another one meanwhile: %s is no failure',
    async (code) => {
      await answeredWith(code).prepare(deadline());
      expect(await tables()).toEqual(migratorTables);
    },
  );

  it.each(['42501', '42601'])('cannot be made where the database refuses: %s', async (code) => {
    await expect(answeredWith(code).prepare(deadline())).rejects.toMatchObject({
      kind: 'InvariantViolation',
    });
  });

  it('cannot be made where the connection is lost', async () => {
    const pool = onFlight(primary, async ([one], fly) =>
      one?.sql.startsWith('CREATE') ? { results: [], error: new Error('lost') } : fly(),
    );
    const client = migrationClientOn(pool);
    const prepared = createMigrationJournal(client, schema).prepare(client.clock.now() + 1);
    await expect(prepared).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('of another schema are not taken for its own', async () => {
    await journalOn(primary).prepare(deadline());
    const other = createMigrationJournal(migrationClientOn(primary), 'journal_other');
    await journalOn(primary).complete('a', deadline());
    expect(await other.read(deadline())).toEqual({ applied: new Map(), entries: [] });
    await other.prepare(deadline());
    expect(await other.read(deadline())).toEqual({ applied: new Map(), entries: [] });
    await ask('DROP SCHEMA journal_other CASCADE');
  });

  it('are no view of the same name', async () => {
    await createSchema();
    await ask(`CREATE VIEW ${quoted}.migration AS SELECT 1 AS one`);
    expect(await journalOn(primary).read(deadline())).toEqual({ applied: new Map(), entries: [] });
  });
});

describe('a statement that changes data', () => {
  const step: MigrationStep = {
    ...{ migration: 'a', index: 0, statement: effect },
    ...{ checksum: 'abc', begun: false },
  };

  beforeEach(async () => {
    await createSubject();
    await journalOn(primary).begin(step, deadline());
  });

  const kindOf = (sql: string): string => sql.trim().split(/\s/, 1)[0] ?? '';
  const lost = { results: [], error: new Error('connection lost') };

  it('is run again when the answer to its COMMIT is lost, and takes effect once', async () => {
    let losses = 0;
    const pool = onFlight(primary, async (statements, fly) => {
      const flown = await fly();
      if (losses > 0 || kindOf(statements.at(-1)?.sql ?? '') !== 'COMMIT') return flown;
      losses += 1;
      return lost;
    });
    await journalOn(pool).runAndFinish(step, deadline());
    expect(losses).toBe(1);
    expect(await effects()).toBe(1);
    expect(await finishedOf()).toEqual([true]);
  });

  it('is run again after a conflict, and takes effect once', async () => {
    let conflicts = 0;
    const pool = onFlight(primary, async (statements, fly) => {
      if (conflicts === 0 && kindOf(statements.at(-1)?.sql ?? '') === 'COMMIT') {
        conflicts += 1;
        await ask('UPDATE public.effects SET count = count + 10');
      }
      return fly();
    });
    await journalOn(pool).runAndFinish(step, deadline());
    expect(await effects()).toBe(11);
    expect(await finishedOf()).toEqual([true]);
  });

  /**
   * Runs the statement with time for one attempt, whose flight is lost that ends with this word.
   */
  const failingAt = (last: string): Promise<void> => {
    const pool = onFlight(primary, async (statements, fly) =>
      kindOf(statements.at(-1)?.sql ?? '') === last ? lost : fly(),
    );
    const client = migrationClientOn(pool);
    return createMigrationJournal(client, schema).runAndFinish(step, client.clock.now() + 1);
  };

  it('has surely not run when the connection is lost before it is sent', async () => {
    await expect(failingAt('SELECT')).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('may have run when the connection is lost with its COMMIT', async () => {
    await expect(failingAt('COMMIT')).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
  });

  it.each([
    ['ROLLBACK', 'InvariantViolation'],
    ['SELECT', 'OutcomeUnknown'],
  ])('has not surely run when its COMMIT is answered with %s', async (command, kind) => {
    const pool = onFlight(primary, async (statements, fly) => {
      const flown = await fly();
      if (kindOf(statements.at(-1)?.sql ?? '') !== 'COMMIT') return flown;
      return { results: [...flown.results.slice(0, -1), { command, rowCount: 0, rows: [] }] };
    });
    const client = migrationClientOn(pool);
    const run = createMigrationJournal(client, schema).runAndFinish(step, client.clock.now() + 1);
    await expect(run).rejects.toMatchObject({ kind });
  });

  it('ends its transaction when it has failed, and leaves none open', async () => {
    const sent: string[] = [];
    const pool = onFlight(primary, (statements, fly) => {
      sent.push(statements.map(({ sql }) => kindOf(sql)).join(' '));
      return fly();
    });
    const wrong = { ...step, statement: { ...statement('SELECT 1 / 0'), place: 'wrong' } };
    const journal = journalOn(pool);
    await expect(journal.runAndFinish(wrong, deadline())).rejects.toThrow('division by zero');
    expect(sent).toEqual(['BEGIN SELECT', 'UPDATE SELECT COMMIT', 'ROLLBACK']);
    sent.length = 0;
    await journal.runAndFinish(step, deadline());
    expect(sent).toEqual(['BEGIN SELECT', 'UPDATE UPDATE COMMIT']);
    sent.length = 0;
    await journal.runAndFinish(step, deadline());
    expect(sent).toEqual(['BEGIN SELECT', 'ROLLBACK']);
  });

  it('has a minute, or less where the deadline comes before', async () => {
    const ends = new Set<number>();
    const pool = onFlight(primary, (_, fly, end) => {
      ends.add(end);
      return fly();
    });
    const client = migrationClientOn(pool);
    const now = client.clock.now();
    await createMigrationJournal(client, schema).runAndFinish(step, now + 600_000);
    expect([...ends][0]).toBe(now + 60_000);
    ends.clear();
    await createMigrationJournal(client, schema).runAndFinish(step, now + 7_000);
    expect([...ends][0]).toBe(now + 7_000);
  });
});
