import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** A manifest or a lock file of npm, as far as it is read here. */
type Npm = {
  readonly version: string;
  readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>;
};

const readJson = (path: string): Npm => JSON.parse(readFileSync(path, 'utf8')) as Npm;

/** The packages that a service needs; each release has all of them, in one version. */
const names = ['antipode', 'antipode-cli', 'antipode-local-dsql'] as const;

/** How a new project gets a package: the version in the registry, or an archive. */
export type OwnPackage = {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the archive that the package was installed from. */
  readonly archive?: string;
};

/** The folder of this package; the same from the sources and from the compiled files. */
const ownFolder = (): string =>
  dirname(createRequire(import.meta.url).resolve('antipode-cli/package.json'));

/** In a checkout `npm run pack` writes the archives. */
const packedInCheckout = (folder: string, name: string, version: string): string | undefined =>
  existsSync(join(folder, 'src'))
    ? resolve(folder, `../../dist/packed/${name}-${version}.tgz`)
    : undefined;

/** npm notes where it has a package from beside the packages. */
const notedByNpm = (folder: string, name: string): string | undefined => {
  const notes = join(dirname(folder), '.package-lock.json');
  if (!existsSync(notes)) return undefined;
  const { packages } = readJson(notes);
  const resolved = packages?.[`node_modules/${name}`]?.resolved;
  return resolved?.startsWith('file:')
    ? resolve(dirname(folder), '..', resolved.slice('file:'.length))
    : undefined;
};

/**
 * Finds the packages of this command's own release, from where the command has come itself: a
 * project that is made by an archive, or in a checkout, must not take them from the registry.
 *
 * @param folder of this package
 * @throws {Error} of one line for an archive that is not there
 */
export const ownPackages = (folder: string = ownFolder()): readonly OwnPackage[] => {
  const { version } = readJson(join(folder, 'package.json'));
  return names.map((name) => {
    const archive = packedInCheckout(folder, name, version) ?? notedByNpm(folder, name);
    if (archive === undefined) return { name, version };
    if (existsSync(archive)) return { name, version, archive };
    throw new Error(`init: there is no ${archive}: run npm run pack in the checkout`);
  });
};
