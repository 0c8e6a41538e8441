import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, objectOf, stringOf } from '../template/json.ts';
import type { CustomResourceState } from './custom-resources.ts';

/** What a data folder remembers of its custom resources between starts. */
export interface KeptState {
  readonly customResource: (key: string) => CustomResourceState | undefined;
  readonly keepCustomResource: (key: string, state: CustomResourceState) => void;
}

const fileName = 'custom-resources.json';

const read = (file: string): Json => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`cannot read ${file}: choose another data folder, or remove it`, {
      cause: error,
    });
  }
};

/**
 * Remembers custom resources in a data folder; without one, for this run only.
 *
 * @throws {Error} with one line when the folder cannot be used.
 */
export const openKeptState = (dataDir: string | undefined): KeptState => {
  const file = dataDir === undefined ? undefined : join(dataDir, fileName);
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const states = new Map(Object.entries(objectOf(file === undefined ? {} : read(file))));
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
      if (file !== undefined) writeFileSync(file, JSON.stringify(Object.fromEntries(states)));
    },
  };
};
