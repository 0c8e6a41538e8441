import { createHash } from 'node:crypto';
import { InvalidInput } from '../../../../domain/kernel/index.ts';
import { normalized, splitStatements } from '../../sql/sql-statements.ts';
import type { Statement } from '../../wire/statement.ts';
import type { Migration } from './framework-migrations.ts';
import { upHalfOf } from './migration-halves.ts';
import { withoutTransactions } from './migration-transactions.ts';

/** One statement of a migration, which is its own transaction. */
export type MigrationStatement = Statement & {
  /** Its place, such as `0002-items.sql:7`. */
  readonly place: string;
};

/** A migration as a list of statements, which run in this order. */
export type MigrationScript = {
  /** The id, unique for ever. */
  readonly id: string;
  /** Each is a transaction of its own. */
  readonly statements: readonly MigrationStatement[];
};

/**
 * Reads the statements of a text. Of a text in the format of another tool it reads the up half.
 *
 * @param source names the text in errors and places, such as its file
 * @throws {InvalidInput} for a text that cannot be cut into statements, has none, or would be read
 * differently by another tool
 * @example
 * readMigrationScript('0001-items', '0001-items.sql', 'CREATE TABLE …; CREATE INDEX ASYNC …;');
 */
export const readMigrationScript = (id: string, source: string, text: string): MigrationScript => {
  const statements = withoutTransactions(splitStatements(upHalfOf(text, source), source), source);
  if (statements.length === 0) {
    throw new InvalidInput(`${source} has no statement: write one, or remove it`);
  }
  return {
    id,
    statements: statements.map(({ sql, line }) => ({
      sql,
      parameters: [],
      place: `${source}:${line}`,
    })),
  };
};

/** Makes a script of a migration in a list. */
export const scriptOf = (migration: Migration | MigrationScript): MigrationScript => {
  if ('statements' in migration) return migration;
  const { id, ddl } = migration;
  const script = readMigrationScript(id, id, ddl);
  const [only, ...others] = script.statements;
  return only && others.length === 0 ? { id, statements: [{ ...only, place: id }] } : script;
};

/**
 * The checksum of a statement. White space and comments do not count, so that a formatter or
 * another line end does not change a migration. A variable counts by its name: its value differs
 * between accounts.
 */
export const checksumOf = ({ sql, parameters }: Statement): string => {
  const hash = createHash('sha256').update(normalized(sql));
  if (parameters.length > 0) {
    const text = JSON.stringify(parameters, (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    hash.update(`\0${text}`);
  }
  return hash.digest('hex');
};
