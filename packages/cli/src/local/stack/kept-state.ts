import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Cluster } from 'antipode-local-dsql';
import {
  claimDataFolder,
  createDataFolder,
  isShared,
  ownUid,
  readTrusted,
  replaceableAt,
  replacePrivateFile,
  unwritable,
} from 'antipode-local-dsql/folders';
import type { KeptDeployments, StoredDeployments } from '../deployment/index.ts';

/** The state that a data folder remembers between starts. */
export interface KeptState {
  /** The clusters of the last run. */
  readonly clusters: () => readonly Cluster[];
  /**
   * Reads what was kept, and writes the rest from then on.
   *
   * @param addresses those of this run's services, by a name
   * @param clusters the clusters as they are now
   */
  readonly open: (
    addresses: () => Addresses,
    clusters: () => readonly Cluster[],
  ) => {
    readonly deployments: KeptDeployments;
    readonly cluster: (region: string, identifier: string) => Cluster | undefined;
  };
}

const fileName = 'deployments.json';

/** Older versions kept custom resources alone. */
const olderFileName = 'custom-resources.json';

/** The folder of the database, beside that file. */
export const databaseFolder = 'postgres';

/** The folder of the objects that deployments have uploaded. */
export const objectsFolder = 'objects';

/** The folder of the backups of clusters. */
export const backupsFolder = 'backups';

/** The folder of the databases that were restored from them. */
export const restoredFolder = 'restored';

const ownNames: readonly string[] = [
  ...[fileName, olderFileName, databaseFolder, objectsFolder],
  ...[backupsFolder, restoredFolder],
];

/**
 * Refuses a folder that other users can write to, since they could put other content in place of
 * the stack's.
 */
const refuseForeign = (dataDir: string): void => {
  const place = isShared(statSync(dataDir)) ? dataDir : replaceableAt(dataDir);
  if (place !== undefined) {
    throw new Error(
      `other users can write to ${place}: choose a data folder that you alone can write to`,
    );
  }
};

/** The state of the last run; nothing for a folder that no stack has used yet. */
const read = (file: string, owner: number): string | undefined => {
  try {
    return readTrusted(file, ({ uid }) => uid === owner || uid === ownUid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`cannot read ${file}: choose another data folder, or remove it`, {
      cause: error,
    });
  }
};

/** The addresses of a run, which its state contains. */
type Addresses = Readonly<Record<string, string>>;

const isState = (value: unknown): value is SavedState =>
  typeof value === 'object' && value !== null && 'deployments' in value;

type SavedState = {
  readonly addresses: Addresses;
  readonly deployments: StoredDeployments;
  readonly clusters: readonly Cluster[];
};

const parse = (text: string, path: string): SavedState => {
  try {
    const value: unknown = JSON.parse(text);
    if (isState(value)) return value;
  } catch {
    // Said below.
  }
  throw new Error(`cannot read ${path}: choose another data folder, or remove it`);
};

/** A state whose addresses are those of this run: ports may have changed. */
const moved = (text: string, path: string, addresses: Addresses): SavedState => {
  const { addresses: before } = parse(text, path);
  const changed = Object.entries(before).filter(
    ([name, address]) => addresses[name] !== undefined && addresses[name] !== address,
  );
  const marked = changed.reduce(
    (whole, [name, address]) => whole.replaceAll(address, `\u0001${name}\u0001`),
    text,
  );
  const now = changed.reduce(
    (whole, [name]) => whole.replaceAll(`\u0001${name}\u0001`, addresses[name] ?? ''),
    marked,
  );
  return parse(now, path);
};

const openFile = (
  dataDir: string,
): { readonly path: string; readonly content: string | undefined } => {
  createDataFolder(dataDir, 0o755);
  refuseForeign(dataDir);
  // Older versions set no mark, so the files of a stack are accepted too.
  claimDataFolder(dataDir, 'stack', (names) => names.every((name) => ownNames.includes(name)));
  const path = join(dataDir, fileName);
  return { path, content: read(path, statSync(dataDir).uid) };
};

/**
 * Remembers deployments in a data folder; without one, for this run only.
 *
 * @throws {Error} with one line when the folder cannot be used, or other users can write to it.
 */
export const openKeptState = (dataDir: string | undefined): KeptState => {
  const file = dataDir === undefined ? undefined : openFile(resolve(dataDir));
  if (file?.content !== undefined) parse(file.content, file.path);
  return {
    clusters: () => (file?.content === undefined ? [] : parse(file.content, file.path).clusters),
    open: (addresses, clusters) => {
      const saved =
        file?.content === undefined ? undefined : moved(file.content, file.path, addresses());
      return {
        cluster: (region, identifier) =>
          saved?.clusters.find((one) => one.region === region && one.identifier === identifier),
        deployments: {
          read: () => saved?.deployments,
          write: (deployments) => {
            if (!file) return;
            const state: SavedState = {
              addresses: addresses(),
              deployments,
              clusters: clusters(),
            };
            try {
              replacePrivateFile(file.path, JSON.stringify(state));
            } catch (cause) {
              throw unwritable(dirname(file.path), cause);
            }
          },
        },
      };
    },
  };
};
