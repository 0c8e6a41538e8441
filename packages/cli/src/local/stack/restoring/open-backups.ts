import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { backUpPostgres, type ClusterRegistry } from 'antipode-local-dsql';
import { createTemporaryFolder } from 'antipode-local-dsql/folders';
import type { Lifetime } from 'antipode-local-dsql/process';
import { type Backups, createBackups, isVault, readVault } from '../../backup/index.ts';
import type { LocalClock } from '../../clock.ts';
import type { Resource } from '../../template/model.ts';
import type { DsqlEndpoints } from '../dsql-endpoints.ts';
import { backupsFolder, restoredFolder } from '../kept-state.ts';
import { openRestoredDatabases, type RestoredDatabases } from './restored-databases.ts';

/** The size of a folder's files. Bytes. */
const sizeOf = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** The folder of restored databases; a temporary one is made with the first of them. */
const restoredRoot = (lifetime: Lifetime, dataDir: string | undefined) => {
  if (dataDir !== undefined) return () => join(resolve(dataDir), restoredFolder);
  let made: string | undefined;
  return (): string => {
    if (made !== undefined) return made;
    const path = createTemporaryFolder('antipode-restored-');
    made = path;
    lifetime
      .own({ stop: () => rm(path, { recursive: true, force: true }) }, 'restored databases')
      .catch(() => undefined);
    return path;
  };
};

/** The backups of a stack, and the databases that were restored from them. */
export type OpenedBackups = {
  readonly backups: Backups;
  readonly restored: RestoredDatabases;
};

/**
 * Opens AWS Backup over the clusters of a stack.
 *
 * @param options.resources everything that is deployed
 */
export const openBackups = async (
  lifetime: Lifetime,
  options: {
    readonly dataDir: string | undefined;
    readonly scratchDir: string;
    readonly regions: readonly string[];
    readonly clusters: ClusterRegistry;
    readonly endpoints: DsqlEndpoints;
    readonly clock: Pick<LocalClock, 'now'>;
    readonly resources: () => readonly Resource[];
  },
): Promise<OpenedBackups> => {
  const { dataDir, scratchDir, regions, clusters, endpoints, clock, resources } = options;
  const restored = openRestoredDatabases(lifetime, {
    ...{ regions, clusters, endpoints, root: restoredRoot(lifetime, dataDir) },
    ...(dataDir !== undefined && { keptRoot: join(resolve(dataDir), restoredFolder) }),
  });
  const backups = createBackups({
    now: clock.now,
    root: join(dataDir === undefined ? scratchDir : resolve(dataDir), backupsFolder),
    vaults: (region) =>
      resources()
        .filter((one) => one.region === region && isVault(one))
        .map(readVault),
    cluster: clusters.find,
    backUp: async (identifier, folder) => {
      const found = endpoints.ofCluster(identifier);
      if (!found) throw new Error(`The cluster ${identifier} does not serve.`);
      await backUpPostgres(found.postgres, folder);
      return sizeOf(folder);
    },
    restore: restored.restore,
  });
  return { backups: await lifetime.own(backups, 'backup jobs'), restored };
};
