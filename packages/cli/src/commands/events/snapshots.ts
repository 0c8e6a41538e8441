import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventScope, JsonSchemaObject } from 'antipode/domain';
import type { CatalogueEntry } from './catalogue.ts';
import { jsonText } from './json-text.ts';

/** One version of an event as it was published, kept in a file that is committed. */
export type Snapshot = {
  readonly type: string;
  readonly version: number;
  readonly scope: EventScope;
  readonly schema: JsonSchemaObject;
};

/** The snapshot of an event as it is declared now. */
export const snapshotOf = ({ type, version, scope, schema }: CatalogueEntry): Snapshot => ({
  type,
  version,
  scope,
  schema,
});

/** Any type is a file's name so: EventBridge takes slashes and colons in it. */
export const fileOf = ({ type, version }: Pick<Snapshot, 'type' | 'version'>): string =>
  `${encodeURIComponent(type)}.v${version}.json`;

const isSnapshot = (value: unknown): value is Snapshot => {
  const { type, version, scope, schema } = Object(value) as Partial<Snapshot>;
  return (
    typeof type === 'string' &&
    Number.isSafeInteger(version) &&
    (scope === 'origin-region' || scope === 'all-regions') &&
    typeof schema === 'object' &&
    schema !== null
  );
};

const readSnapshot = (folder: string, file: string): Snapshot => {
  const path = join(folder, file);
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isSnapshot(value) && fileOf(value) === file) return value;
  } catch (cause) {
    throw new Error(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new Error(`${path} is no snapshot of ${file}: restore it from version control`);
};

/**
 * The snapshots in a folder; none where there is no folder.
 *
 * @throws {Error} that names a file which is no snapshot.
 */
export const readSnapshots = (folder: string): readonly Snapshot[] => {
  let files: readonly string[];
  try {
    files = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return files
    .filter((file) => /\.v\d+\.json$/.test(file))
    .toSorted()
    .map((file) => readSnapshot(folder, file));
};

/** Writes snapshots; the same content has the same bytes. */
export const writeSnapshots = (folder: string, snapshots: readonly Snapshot[]): void => {
  mkdirSync(folder, { recursive: true });
  for (const snapshot of snapshots) {
    writeFileSync(join(folder, fileOf(snapshot)), jsonText(snapshot));
  }
};
