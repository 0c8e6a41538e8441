import {
  type DeclaredService,
  InvalidInput,
  type ServiceMigration,
} from '../../../../domain/kernel/index.ts';
import { shapeOf } from '../../sql/statement-shape.ts';
import { frameworkMigrations, type Migration } from './framework-migrations.ts';
import { type MigrationScript, readMigrationScript, scriptOf } from './migration.ts';

/** @throws {InvalidInput} for a statement that is not of the kind that its field is for */
const migrationOf = ({ id, ddl, dml }: ServiceMigration): Migration => {
  if ((ddl === undefined) === (dml === undefined)) {
    throw new InvalidInput(`${id} must have either ddl or dml: give one of them`);
  }
  const text = ddl ?? dml ?? '';
  for (const { sql } of readMigrationScript(id, id, text).statements) {
    const changesData = shapeOf(sql).kind === 'data';
    if (changesData && ddl !== undefined) {
      throw new InvalidInput(`${id} changes data in its ddl: write it as dml`);
    }
    if (!changesData && dml !== undefined) {
      throw new InvalidInput(`${id} changes no data in its dml: write it as ddl`);
    }
  }
  return { id, ddl: text };
};

/**
 * All migrations of a declared service: the framework's tables come first.
 *
 * @throws {InvalidInput} that names the migration whose text is not of the kind that its field is
 * for
 */
export const migrationsOf = async ({
  schema,
  migrations: own,
}: Pick<DeclaredService, 'schema' | 'migrations'>): Promise<readonly Migration[]> => [
  ...frameworkMigrations(schema),
  ...(typeof own === 'function' ? await own() : own).map(migrationOf),
];

/**
 * The migrations of a declared service as texts.
 *
 * @throws {InvalidInput} as `migrationsOf` does
 */
export const scriptsOfService = async (
  service: Pick<DeclaredService, 'schema' | 'migrations'>,
): Promise<readonly MigrationScript[]> => (await migrationsOf(service)).map(scriptOf);
