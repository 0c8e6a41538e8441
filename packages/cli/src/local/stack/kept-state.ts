import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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
import { type Json, objectOf, stringOf } from '../template/json.ts';
import type { CustomResourceState } from './custom-resources.ts';

/** The custom resources that a data folder remembers between starts. */
export interface KeptState {
  readonly customResource: (key: string) => CustomResourceState | undefined;
  readonly keepCustomResource: (key: string, state: CustomResourceState) => void;
}

const fileName = 'custom-resources.json';

/** The folder of the database, beside that file. */
export const databaseFolder = 'postgres';

/** The folder of the objects that deployments have uploaded. */
export const objectsFolder = 'objects';

const ownNames: readonly string[] = [fileName, databaseFolder, objectsFolder];

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

const read = (file: string, owner: number): Json => {
  try {
    return JSON.parse(readTrusted(file, ({ uid }) => uid === owner || uid === ownUid)) as Json;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`cannot read ${file}: choose another data folder, or remove it`, {
      cause: error,
    });
  }
};

const openFile = (dataDir: string): { readonly path: string; readonly content: Json } => {
  createDataFolder(dataDir, 0o755);
  refuseForeign(dataDir);
  // Older versions set no mark, so the files of a stack are accepted too.
  claimDataFolder(dataDir, 'stack', (names) => names.every((name) => ownNames.includes(name)));
  const path = join(dataDir, fileName);
  return { path, content: read(path, statSync(dataDir).uid) };
};

/**
 * Remembers custom resources in a data folder; without one, for this run only.
 *
 * @throws {Error} with one line when the folder cannot be used, or other users can write to it.
 */
export const openKeptState = (dataDir: string | undefined): KeptState => {
  const file = dataDir === undefined ? undefined : openFile(resolve(dataDir));
  const states = new Map(Object.entries(objectOf(file?.content)));
  return {
    customResource: (key) => {
      const state = objectOf(states.get(key));
      const physicalResourceId = stringOf(state['physicalResourceId']);
      return physicalResourceId === undefined
        ? undefined
        : { physicalResourceId, properties: objectOf(state['properties']) };
    },
    keepCustomResource: (key, state) => {
      states.set(key, state);
      if (!file) return;
      try {
        replacePrivateFile(file.path, JSON.stringify(Object.fromEntries(states)));
      } catch (cause) {
        throw unwritable(dirname(file.path), cause);
      }
    },
  };
};
