import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from './tools.ts';

/** A `package.json`, as far as the tests look at it. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

/** Folders of the packages of this tree, the framework's first. */
export const packageFolders = ['.', 'packages/local-dsql', 'packages/cli'] as const;

/** The manifest in a package's folder. */
export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;

/** The file of each specifier of a package of this tree, as a path from the root. */
export const packageEntries: ReadonlyMap<string, string> = new Map(
  packageFolders.flatMap((folder) => {
    const { name, exports } = manifestOf(folder);
    return Object.entries(exports).map(
      ([subpath, file]) => [posix.join(name, subpath), posix.join(folder, file)] as const,
    );
  }),
);
