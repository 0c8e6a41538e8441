import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { MigrationScript } from '../../../../src/adapters/dsql/index.ts';
import {
  type KyselyMigration,
  recordKyselyMigration,
} from '../../../../src/adapters/dsql/migration/format/kysely-migrations.ts';
import { checkMigrations } from '../../../../src/adapters/dsql/migration/migrator.ts';

const check = (...migrations: readonly MigrationScript[]) =>
  checkMigrations({ schema: 's', migrations });

const statement = (text: string, ...parameters: readonly unknown[]): MigrationScript => ({
  id: 'a',
  statements: [{ sql: text, parameters, place: 'a.sql:1' }],
});

const recorded = async (up: KyselyMigration['up']) =>
  check(await recordKyselyMigration('0001-a', '0001-a.ts', { up }));

const loop: unknown[] = [];
loop.push(loop);

describe('a check without a database refuses in one line that says what to do', () => {
  it.each<[string, MigrationScript, RegExp]>([
    [
      'two statements',
      statement('DELETE FROM a; DELETE FROM b'),
      /has 2 statements: send each by itself$/,
    ],
    ['no statement', statement(' -- nothing\n;'), /has no statement: write one$/],
    ['quotes that are open', statement("SELECT 'a"), /quotes that begin here are never closed$/],
    [
      'a parameter that has no value',
      statement('DELETE FROM a WHERE b = $2', 1),
      /\$2 has no value/,
    ],
    [
      'a parameter of a file',
      statement('DELETE FROM a WHERE b = $1'),
      /\$1 has no value: give it one$/,
    ],
    ['the parameter 0', statement('DELETE FROM a WHERE b = $0'), /\$0 has no value/],
    [
      'a parameter that is not used',
      statement('DELETE FROM a WHERE b = $2', 1, 2),
      /\$1 is not used/,
    ],
    [
      'a parameter in a definition',
      statement('ALTER TABLE a ALTER b SET DEFAULT $1', 1),
      /sql\.lit$/,
    ],
    ['a parameter that cannot be encoded', statement('DELETE FROM a WHERE b = $1', () => 1), /\$1/],
    ['a symbol', statement('DELETE FROM a WHERE b = $1', Symbol('x')), /\$1/],
    ['a date that is none', statement('DELETE FROM a WHERE b = $1', new Date(Number.NaN)), /\$1/],
    ['a zero byte', statement('DELETE FROM a WHERE b = $1', 'a\0'), /zero byte/],
    ['a zero byte in a list', statement('DELETE FROM a WHERE b = ANY ($1)', ['a\0']), /zero byte/],
    ['half a character', statement('DELETE FROM a WHERE b = $1', '\ud800'), /half a character/],
    [
      'half a character in the text',
      statement("INSERT INTO a VALUES ('\ud800')"),
      /only half there/,
    ],
    ['a zero byte in the text', statement('DELETE FROM a\0'), /zero byte/],
    ['a text over a message', statement(`SELECT '${'x'.repeat(11 * 2 ** 20)}'`), /exceeds DSQL's/],
    [
      'parameters over a message',
      statement('INSERT INTO a VALUES ($1)', 'x'.repeat(11 * 2 ** 20)),
      /exceeds DSQL's/,
    ],
    [
      'more rows than a transaction has',
      statement(
        `INSERT INTO a (b) VALUES ${Array.from({ length: 3_000 }, () => '(f(1), (2))').join()}`,
      ),
      /at least 3001 rows exceeds DSQL's 3000/,
    ],
    [
      'more parameters than there are numbers for',
      statement('SELECT 1', ...Array.from({ length: 70_000 }, () => 1)),
      /a\.sql:1: /,
    ],
  ])('%s', (_, script, message) => {
    expect(() => check(script)).toThrow(/^a\.sql:1:.*: /);
    expect(() => check(script)).toThrow(message);
  });

  it.each<[string, MigrationScript]>([
    ['a semicolon behind a statement', statement('DELETE FROM a;')],
    ['semicolons in a text', statement("INSERT INTO a VALUES ('b; c', $$d;e$$)")],
    ['parameters in any order', statement('UPDATE a SET b = $2, c = $2 WHERE d = $1', 1, null)],
    ['what looks like a parameter', statement("INSERT INTO a VALUES ('$1', $$ $2 $$) -- $3")],
    [
      "a function's own parameters",
      statement('/* f */ CREATE OR REPLACE FUNCTION f(a int) RETURNS int RETURN $1'),
    ],
    [
      'as many rows as there may be',
      statement(`INSERT INTO a VALUES ${Array.from({ length: 2_999 }, () => '(1)').join()}`),
    ],
    [
      'more rows of which some may be there',
      statement(
        `INSERT INTO a VALUES ${Array.from({ length: 3_001 }, () => '(1)').join()} ON CONFLICT DO NOTHING`,
      ),
    ],
    ['lists of values elsewhere', statement('DELETE FROM a WHERE b IN (VALUES (1), (2))')],
  ])('but takes %s', (_, script) => {
    expect(check(script).pending[0]?.steps).toHaveLength(1);
  });

  it('also what a module of Kysely sends', async () => {
    const text = 'create table a (id int); create table b (id int)';
    await expect(recorded((db) => sql.raw(text).execute(db))).rejects.toThrow(
      /^0001-a\.ts, statement 1: this text has 2 statements: send each by itself$/,
    );
    await expect(
      recorded((db) => sql`delete from a where b = ${Symbol('x')}`.execute(db)),
    ).rejects.toThrow(/^0001-a\.ts, statement 1: .*\$1/);
  });

  it('all that is wrong, a line each', () => {
    const script: MigrationScript = {
      id: 'a',
      statements: [
        { sql: 'SET ROLE b', parameters: [], place: 'a.sql:1' },
        { sql: 'SELECT $1', parameters: [], place: 'a.sql:2' },
        { sql: "SELECT :'x'", parameters: [], place: 'a.sql:3' },
      ],
    };
    expect(() => check(script)).toThrow(/^a\.sql:1: .*\na\.sql:2: .*\na\.sql:3: .*--set x=VALUE/);
  });
});
