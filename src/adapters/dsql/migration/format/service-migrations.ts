import {
  type DeclaredService,
  InvalidInput,
  type ServiceMigration,
} from '../../../../domain/kernel/index.ts';
import { shapeOf } from '../../sql/statement-shape.ts';
import { frameworkMigrations, type Migration } from './framework-migrations.ts';
import { type MigrationScript, readMigrationScript, scriptOf } from './migration.ts';
import { importModule, isRecord } from './migration-folder.ts';

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

const isService = (value: unknown): value is DeclaredService =>
  isRecord(value) &&
  ['name', 'source', 'schema', 'role'].every((part) => typeof value[part] === 'string') &&
  ['events', 'consumers'].every((part) => isRecord(value[part])) &&
  (Array.isArray(value['migrations']) || typeof value['migrations'] === 'function');

/**
 * Reads a module that exports a declared service: its schema, and all its migrations.
 *
 * @throws {InvalidInput} that names the module and the remedy
 */
export const readServiceModule = async (
  path: string,
): Promise<{ readonly schema: string; readonly migrations: readonly MigrationScript[] }> => {
  const exported = new Set(Object.values(await importModule(path)).filter(isService));
  const [service, ...others] = exported;
  if (service === undefined || others.length > 0) {
    throw new InvalidInput(`${path} must export one service, as defineService returns it`);
  }
  return { schema: service.schema, migrations: (await migrationsOf(service)).map(scriptOf) };
};
