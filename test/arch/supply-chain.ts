/** A package of a lock file, as npm writes it. */
export type LockedPackage = {
  /** Its own name where it is installed under another one. */
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
};

/** A lock file of npm. */
export type LockFile = {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

type Entry = { readonly name: string; readonly path: string; readonly locked: LockedPackage };

/** The packages that come from a registry: neither this tree's own nor links to them. */
const entriesOf = ({ packages }: LockFile): readonly Entry[] =>
  Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    .map(([path, locked]) => ({
      ...{ path, locked },
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    }));

/**
 * The places of packages: npm asks the registry of whoever installs, so that a lock file which
 * names a host or an archive would lead past it.
 */
export const placesAreOpen = (lock: LockFile): readonly string[] =>
  entriesOf(lock)
    .filter(({ locked: { resolved } }) => resolved !== undefined)
    .map(({ path, locked }) => `${path} comes from ${locked.resolved}`);

/** Each archive has a hash of 512 bits. A bundled package is part of its parent's archive. */
export const archivesHaveHashes = (lock: LockFile): readonly string[] => [
  ...(lock.lockfileVersion === 3 ? [] : [`lockfileVersion is ${lock.lockfileVersion}, not 3`]),
  ...entriesOf(lock)
    .filter(({ locked: { inBundle, integrity = '' } }) => !inBundle && !/^sha512-/.test(integrity))
    .map(({ path }) => `${path} has no sha512 hash`),
];

/** Packages that want to run a program at their installation, which `ignore-scripts` prevents. */
export const installScripts = (lock: LockFile): readonly string[] => [
  ...new Set(
    entriesOf(lock)
      .filter(({ locked }) => locked.hasInstallScript)
      .map(({ name }) => name),
  ),
];

const exact = /^(?:\d+\.\d+\.\d+(?:-[\w.]+)?|file:[\w./-]+)$/;

/** Versions of a manifest that npm could read in two ways, and dependencies from elsewhere. */
export const versionsAreExact = (manifest: {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}): readonly string[] =>
  [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
    .flatMap((some = {}) => Object.entries(some))
    .filter(([, version]) => !exact.test(version.replace(/^npm:(?:@[\w-]+\/)?[\w-]+@/, '')))
    .map(([name, version]) => `${name} is ${version}`);

/** Licences of packages that users install. */
const shippedLicences: readonly string[] = [
  ...['MIT', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'],
];

/** Further licences of tools that stay in this repository, and of peers that a user chooses. */
const developmentLicences: readonly string[] = [
  ...['BlueOak-1.0.0', 'CC-BY-4.0', 'CC0-1.0', 'MIT-0', 'MPL-2.0', 'Unlicense'],
];

/** Whether an SPDX expression of alternatives has one that is allowed. */
const isAllowed = (expression: string, allowed: readonly string[]): boolean =>
  expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((licence) => allowed.includes(licence));

/**
 * Packages whose licence is not in the list.
 *
 * @param known licences of packages whose manifest names none, each as its LICENSE file says
 * @param ships whether users install the packages that are no tools of the development
 */
export const licencesAreAllowed = (
  lock: LockFile,
  known: Readonly<Record<string, string>> = {},
  ships = true,
): readonly string[] =>
  entriesOf(lock).flatMap(({ name, path, locked: { license = known[name], dev, devOptional } }) => {
    const stays = !ships || dev === true || devOptional === true;
    const allowed = stays ? [...shippedLicences, ...developmentLicences] : shippedLicences;
    if (license === undefined) return [`${path} names no licence`];
    return isAllowed(license, allowed) ? [] : [`${path} has the licence ${license}`];
  });
