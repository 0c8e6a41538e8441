import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  shownSql,
  withoutQuotedValues,
} from '../../../../src/adapters/dsql/wire/server-message.ts';
import { processorMsOf } from '../../../support/processor-time.ts';

const insert = 'insert into "bank"."accounts" ("id", "balance") values ($1, $2)';

describe('a message of the server is shown', () => {
  it.each([
    // Of DSQL, as recorded.
    'current transaction is aborted, commands ignored until end of transaction block',
    'transaction row limit exceeded',
    'transaction size limit exceeded',
    'locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported',
    'unsupported transaction statement: ROLLBACK TO',
    ...['Unlisten', 'Notify', 'Createdb', 'CreateTableSpace', 'CreateRange', 'CompositeType'].map(
      (kind) => `unsupported statement: ${kind}`,
    ),
    ...['CreateTableAs', 'CreateForeignTable', 'CreateExtension', 'AlterSystem', 'Truncate'].map(
      (kind) => `unsupported statement: ${kind}`,
    ),
    'unsupported mode. please use CREATE INDEX ASYNC.',
    'unsupported VACUUM statement',
    'unsupported statement type: MERGE',
    'multiple ddl statements not supported in a transaction',
    'ddl and dml are not supported in the same transaction',
    'datatype bit varying not supported',
    'datatype integer[] not supported',
    'datatype smallint not supported, identity column type must be bigint',
    'cannot use subquery in CALL argument',
    'Unable to convert text to UUID',
    'UNLOGGED table not supported for CREATE TABLE',
    'TEMPORARY or TEMP table not supported for CREATE TABLE',
    'CREATE TRIGGER not supported',
    'CREATE FUNCTION with language plpgsql not supported',
    'specifying sort order not supported for index keys',
    'opclass not supported for index keys',
    'ALTER TABLE ADD COLUMN with constraint not supported',
    'unsupported ALTER TABLE ALTER COLUMN ... SET DATA TYPE statement',
    'unsupported ALTER TABLE ADD CONSTRAINT statement',
    'unsupported ALTER TABLE VALIDATE CONSTRAINT statement',
    'maximum row size exceeded',
    // Of PostgreSQL.
    'permission denied for table accounts',
    'permission denied for schema bank',
    'must be owner of table accounts',
    'null value in column "balance" of relation "accounts" violates not-null constraint',
    'could not determine data type of parameter $1',
    'column reference "id" is ambiguous',
    'INSERT has more target columns than expressions',
    'there is no unique or exclusion constraint matching the ON CONFLICT specification',
    'column "balance" is of type numeric but expression is of type text',
    'operator does not exist: text = integer',
    'cannot insert a non-DEFAULT value into column "id"',
    'cannot drop table accounts because other objects depend on it',
    'cannot execute INSERT in a read-only transaction',
    'bind message supplies 1 parameters, but prepared statement "" requires 2',
    'no schema has been selected to create in',
    'aggregate functions are not allowed in WHERE',
    'subquery must return only one column',
    'more than one row returned by a subquery used as an expression',
    'ON CONFLICT DO UPDATE command cannot affect row a second time',
    'set-returning functions are not allowed in WHERE',
    'window functions are not allowed in WHERE',
    'division by zero',
    'stack depth limit exceeded',
    // Hints of PostgreSQL.
    'Perhaps you meant to reference the column "balance".',
    'No function matches the given name and argument types. You might need to add explicit type casts.',
    'numeric field overflow',
  ])('whole: %s', (message) => {
    const sql = `${insert} on conflict do update 1 2`;
    expect(withoutQuotedValues(message, sql)).toBe(message);
  });

  it.each([
    ['relation "secret" does not exist', 'relation "…" does not exist'],
    ['relation "se"cr"et" does not exist', 'relation "…" does not exist'],
    [
      'invalid input syntax for type json:\nline 2: secret',
      'invalid input syntax for type json: line …: …',
    ],
    [
      'column "balance" of relation "secret" does not exist',
      'column "balance" of relation "…" does not exist',
    ],
    ['relation "balance" secret" does not exist', 'relation "balance" …"…"'],
    ['invalid input syntax for type integer: "true"', 'invalid input syntax for type integer: "…"'],
    ['invalid input syntax for type integer: "$500"', 'invalid input syntax for type integer: "…"'],
    ['unrecognized configuration parameter $3', 'unrecognized configuration parameter …'],
    ['Key (id)=(secret) already exists.', 'Key (id)=(…) already exists.'],
    ['secret@example.com is 4711 years old', '… is … years old'],
    ['secret', '…'],
    ['"', '"…"'],
    ['', ''],
  ])('without what is no word of the server or of the statement: %s', (message, shown) => {
    expect(withoutQuotedValues(message, insert)).toBe(shown);
  });

  it('with the names that the server gives in fields of their own', () => {
    const message = 'new row for relation "t" violates check constraint "t_positive"';
    expect(withoutQuotedValues(message, insert, ['t', 't_positive'])).toBe(message);
  });

  it('with no word of any value, wherever it stands', () => {
    const word = fc.stringMatching(/^[a-zà-ü0-9]{1,12}$/).map((text) => `zq${text}`);
    const mark = fc.constantFrom('"', "'", ' ', '\n', '.', '@', '😀', '\\', '(', '$', '-', ' the ');
    const value = fc.array(fc.oneof(word, mark), { minLength: 1 }).map((parts) => parts.join(''));
    const templates = ['relation "%" does not exist', '%', 'names: %', '"%" % "%"', 'type "id" %'];
    fc.assert(
      fc.property(value, fc.constantFrom(...templates), (text, template) => {
        const shown = withoutQuotedValues(
          template.replaceAll('%', () => text),
          insert,
        );
        expect(shown).not.toMatch(/zq|[à-ü]|😀|\\/u);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['"', '" "', 'a"', '…', 'x ', '\n\t', '$1', '='])(
    'in time that grows with its length only: %j',
    (part) => {
      const ms = processorMsOf(() => {
        withoutQuotedValues(part.repeat(200_000), part.repeat(200_000));
        shownSql(part.repeat(200_000));
      });
      expect(ms).toBeLessThan(2_000);
    },
  );
});

describe("a statement's text is shown", () => {
  it('in one line', () => {
    expect(shownSql('SELECT 1,\n\t  2')).toBe('SELECT 1, 2');
  });

  it('up to 400 characters', () => {
    expect(shownSql('x'.repeat(400))).toBe('x'.repeat(400));
    expect(shownSql('x'.repeat(401))).toBe(`${'x'.repeat(400)}…`);
    expect(shownSql(`SELECT ${' '.repeat(10_000)}1`)).toBe('SELECT…');
  });
});
