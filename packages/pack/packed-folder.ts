import { existsSync, readdirSync } from 'node:fs';

/** Everything that a packed package has at its top. */
const packed: ReadonlySet<string> = new Set([
  'dist',
  'bin',
  'README.md',
  'LICENSE',
  'package.json',
]);

/**
 * Says in one line why these folders cannot be replaced by packages: one has something else in it,
 * such as a checkout of the same name. `undefined` if they can.
 */
export const folderProblem = (folders: readonly string[]): string | undefined =>
  folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => {
      const foreign = readdirSync(folder).find((name) => !packed.has(name));
      return foreign === undefined
        ? []
        : [`${folder} is no packed package, it has ${foreign}: pack to another folder`];
    })[0];
