type Versions = Readonly<Record<string, string>>;

/**
 * A manifest of this tree: its `exports` lead to TypeScript, and `file:` links its packages to each
 * other.
 */
export type TreeManifest = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly type: string;
  readonly sideEffects: boolean;
  readonly engines: Versions;
  readonly bin?: Versions;
  readonly exports: Versions;
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
};

type Target = string | { readonly types: string; readonly default: string };

/** Where the source of a published package is; npm compares it with the provenance. */
type Origin = {
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
  readonly homepage?: string;
  readonly bugs?: { readonly url: string };
};

/** The manifest that npm publishes. */
export type PublishedManifest = Origin &
  Omit<TreeManifest, 'exports'> & {
    readonly exports: Readonly<Record<string, Target>>;
  };

const mapped = <From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));

const compiled = (file: string): Target => {
  if (!file.endsWith('.ts')) return file;
  const path = file.replace(/^\.\//, './dist/').replace(/\.ts$/, '');
  return { types: `${path}.d.ts`, default: `${path}.js` };
};

/** A range lets a project share its copy; a prerelease has no successors that are known to work. */
const range = (version: string): string =>
  /^\d+\.\d+\.\d+$/.test(version) ? `^${version}` : version;

/** The same version for packages of this tree, which are published together. */
const dependency =
  (own: string) =>
  (version: string): string =>
    version.startsWith('file:') ? own : range(version);

const originOf = (repository: string, directory: string): Origin => ({
  repository: { type: 'git', url: `git+${repository}.git`, directory },
  homepage: `${repository}#readme`,
  bugs: { url: `${repository}/issues` },
});

/**
 * The manifest that is published for one of this tree: its `exports` lead to compiled files below
 * `dist`, and its exact versions become ranges. Scripts, workspaces and development dependencies
 * stay behind.
 *
 * @param directory the package's folder in its repository
 * @param repository the address of the repository, as a browser opens it
 */
export const publishedManifest = (
  tree: TreeManifest,
  directory: string,
  repository?: string,
): PublishedManifest => {
  const { name, version, description, keywords, license, type, sideEffects, engines } = tree;
  const { bin, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = tree;
  return {
    ...{ name, version, description, keywords, license, type, sideEffects, engines },
    ...(repository !== undefined && originOf(repository, directory)),
    ...(bin && { bin }),
    exports: mapped(tree.exports, compiled),
    ...(dependencies && { dependencies: mapped(dependencies, dependency(version)) }),
    // Binaries of Node itself: the version that is tested.
    ...(optionalDependencies && { optionalDependencies }),
    ...(peerDependencies && { peerDependencies }),
    ...(peerDependenciesMeta && { peerDependenciesMeta }),
  };
};
