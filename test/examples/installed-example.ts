import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { manifestOf, packageFolders } from '../arch/packages.ts';
import { packInto } from '../arch/packing.ts';
import { type Folder, root, run, temporaryFolder } from '../arch/tools.ts';

type Manifest = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
};

/** Folders that commands write into an example. */
const written = new Set(['node_modules', 'cdk.out', '.antipode']);

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const packages = packageFolders.map((path) => manifestOf(path).name);

/** Links what a folder needs into it, as if npm had installed it there. */
const linkDependencies = (folder: string, names: readonly string[]): void => {
  for (const name of names.filter((one) => !packages.includes(one))) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'junction');
  }
};

/**
 * Installs a project as a stranger does, without a network: the packed packages, and links to the
 * dependencies that its manifest names. A peer of a package is missing unless the project names it.
 *
 * @param archives in the order of `packageFolders`
 */
export const installInto = async (project: string, archives: readonly string[]): Promise<void> => {
  const { dependencies, devDependencies } = manifestIn(project);
  linkDependencies(project, Object.keys({ ...dependencies, ...devDependencies }));
  for (const [at, archive] of archives.entries()) {
    const installed = join(project, 'node_modules', packages[at] ?? '');
    mkdirSync(installed, { recursive: true });
    const { code, output } = await run(installed, 'tar', '-xzf', archive, '--strip-components=1');
    expect(code, output).toBe(0);
    linkDependencies(installed, Object.keys(manifestIn(installed).dependencies ?? {}));
  }
};

/** Installs a copy of an example outside of the repository. */
export const installExample = async (name: string): Promise<Folder> => {
  const folder = temporaryFolder();
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(folder.path, 0o755);
  const example = join(folder.path, name);
  const isSource = (path: string): boolean => !written.has(basename(path));
  cpSync(join(root, 'examples', name), example, { recursive: true, filter: isSource });
  await installInto(example, await packInto(join(folder.path, 'packed')));
  return { path: example, remove: folder.remove };
};
