import { constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Cluster,
  type ClusterRegistry,
  newClusterIdentifier,
  type Postgres,
  restorePostgres,
  startPostgres,
} from 'antipode-local-dsql';
import type { Lifetime } from 'antipode-local-dsql/process';
import type { RestorePlan } from '../../backup/index.ts';
import { addressOf } from '../database.ts';
import type { ClusterDatabase, DsqlEndpoints } from '../dsql-endpoints.ts';

/** The clusters that were restored from backups, each pair on a PostgreSQL of its own. */
export interface RestoredDatabases {
  /** The identifiers of those of earlier runs. */
  readonly kept: ReadonlySet<string>;
  /**
   * Opens those of earlier runs.
   *
   * @param known the clusters as the last run has left them
   */
  readonly reopen: (known: readonly Cluster[]) => Promise<void>;
  /** Makes new clusters of a backup, in the order of the plan. */
  readonly restore: (
    backup: string,
    plan: RestorePlan,
    tags: Readonly<Record<string, string>>,
  ) => Promise<readonly Cluster[]>;
}

/** Beside each database: the clusters on it. */
const clustersFile = 'clusters.json';

/** Names are the identifiers of the first clusters. */
const namesIn = (root: string): readonly string[] => (existsSync(root) ? readdirSync(root) : []);

const readClusters = (root: string, name: string): readonly Cluster[] => {
  const file = join(root, name, clustersFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Cluster[]) : [];
};

/**
 * Lets the user pass that runs the server where this process is root's. It lists nothing. The
 * folder is opened, so that no link takes its place.
 */
const letPass = async (path: string): Promise<void> => {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const folder = await open(path, flags);
  try {
    await folder.chmod(0o711);
  } finally {
    await folder.close();
  }
};

/** @param options.root makes the folder of all restored databases, or finds it again */
export const openRestoredDatabases = (
  lifetime: Lifetime,
  options: {
    readonly root: () => string;
    /** The folder where earlier runs have left databases. */
    readonly keptRoot?: string;
    readonly regions: readonly string[];
    readonly clusters: ClusterRegistry;
    readonly endpoints: Pick<DsqlEndpoints, 'open' | 'close'>;
  },
): RestoredDatabases => {
  const { root, keptRoot, regions, clusters, endpoints } = options;
  const kept = keptRoot === undefined ? [] : namesIn(keptRoot);
  const places = kept.map((name) => ({ name, of: readClusters(root(), name) }));

  const databaseOf = (name: string, postgres: Postgres): ClusterDatabase => ({
    postgres,
    end: async () => {
      await postgres.stop();
      await rm(join(root(), name), { recursive: true, force: true });
    },
  });

  const start = async (name: string, starting: Promise<Postgres>): Promise<ClusterDatabase> =>
    databaseOf(name, await lifetime.own(starting, 'a restored PostgreSQL'));

  const folderOf = (name: string): string => join(root(), name, 'postgres');

  /** Two halves are created one after the other, and then name each other. */
  const register = (
    { halves, witnessRegion }: RestorePlan,
    made: readonly { readonly identifier: string; readonly endpoint: string }[],
    tags: Readonly<Record<string, string>>,
  ): readonly Cluster[] => {
    const created: Cluster[] = [];
    halves.forEach(({ region, isProtected, kmsKeyId }, index) => {
      const { identifier = '', endpoint = '' } = made[index] ?? {};
      const peers = created.map(({ arn }) => arn);
      created.push(
        clusters.create({
          ...{ region, identifier, endpoint, tags, deletionProtectionEnabled: isProtected },
          ...(kmsKeyId !== undefined && { kmsEncryptionKey: kmsKeyId }),
          ...(witnessRegion !== undefined && {
            multiRegionProperties: { witnessRegion, clusters: peers },
          }),
        }),
      );
    });
    const [first, second] = created;
    if (first && second && witnessRegion !== undefined) {
      const multiRegionProperties = { witnessRegion, clusters: [second.arn] };
      clusters.update(first, { multiRegionProperties });
    }
    return created;
  };

  return {
    kept: new Set(places.flatMap(({ of }) => of.map(({ identifier }) => identifier))),
    reopen: async (known) => {
      for (const { name, of } of places) {
        if (of.length === 0) continue;
        const database = await start(name, startPostgres({ dataDir: folderOf(name) }));
        for (const saved of of) {
          const cluster = known.find(({ arn }) => arn === saved.arn) ?? saved;
          const { region, identifier } = cluster;
          const endpoint = addressOf(await endpoints.open(region, identifier, database));
          const { policy, ...settings } = cluster;
          const document = policy && { policy: policy.document };
          clusters.create({ ...settings, ...document, endpoint });
        }
      }
    },
    restore: async (backup, plan, tags) => {
      const elsewhere = plan.halves.find(({ region }) => !regions.includes(region));
      if (elsewhere) throw new Error(`${elsewhere.region} does not run here.`);
      const identifiers = plan.halves.map(() => newClusterIdentifier());
      const [name = ''] = identifiers;
      await mkdir(join(root(), name), { recursive: true });
      for (const folder of [root(), join(root(), name)]) await letPass(folder);
      const database = await start(name, restorePostgres(backup, { dataDir: folderOf(name) }));
      try {
        const made = [];
        for (const [index, { region }] of plan.halves.entries()) {
          const identifier = identifiers[index] ?? '';
          const endpoint = await endpoints.open(region, identifier, database);
          made.push({ identifier, endpoint: addressOf(endpoint) });
        }
        const created = register(plan, made, tags);
        await writeFile(join(root(), name, clustersFile), JSON.stringify(created), { mode: 0o600 });
        return created;
      } catch (error) {
        for (const identifier of identifiers) await endpoints.close(identifier);
        throw error;
      }
    },
  };
};
