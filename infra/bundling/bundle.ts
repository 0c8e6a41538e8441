import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { omissions } from './bundle-omissions.ts';
import { type BundlePluginOptions, bundlePlugin } from './bundle-plugin.ts';
import { driverParts, usesDriverItself } from './unused-driver-parts.ts';

/**
 * The code of one function, ready to deploy: `index.mjs` and the chunks that it loads on demand.
 */
export type Bundle = {
  readonly directory: string;
  /**
   * SHA-256 of all files, hexadecimal; it names the asset, so that unchanged code is not deployed
   * again.
   */
  readonly hash: string;
  /** esbuild's inputs and sizes; also written beside the directory as `<name>.meta.json`. */
  readonly metafile: Metafile;
};

/** The entry of a function, and what its bundle does without. */
export type BundleOptions = BundlePluginOptions & {
  /** Absolute path of the entry, a module that exports `handler`. */
  readonly entry: string;
  /** Folder that receives `<name>/` and `<name>.meta.json`. */
  readonly outdir: string;
  readonly name: string;
  /**
   * Source maps make stack traces readable and bundles several times larger; off unless asked for.
   */
  readonly sourcemap?: boolean;
  /**
   * Whether the parts of `pg` are left out that no connection of `antipode/dsql` reaches, where
   * the function does not use `pg` by itself and has the `pg` that the framework knows.
   */
  readonly omitUnusedDriver?: boolean;
};

/** The Node of `nodejs24.x`. */
const target = 'node24';

const byPath = (one: OutputFile, other: OutputFile): number => (one.path < other.path ? -1 : 1);

const digest = (directory: string, files: readonly OutputFile[]): string => {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${relative(directory, file.path)}\0${file.contents.length}\0`);
    hash.update(file.contents);
  }
  return hash.digest('hex');
};

/**
 * The nearest folder of a file that has a manifest. esbuild orders names and files by their paths
 * from the working directory, so that another one gives the same source another hash.
 */
const projectOf = (file: string): string => {
  const folder = dirname(file);
  const isTop = dirname(folder) === folder;
  return isTop || existsSync(join(folder, 'package.json')) ? folder : projectOf(folder);
};

const buildEntry = (
  { entry, outdir, name, sourcemap = false }: BundleOptions,
  plugins: readonly Plugin[],
) =>
  build({
    absWorkingDir: projectOf(entry),
    entryPoints: { index: entry },
    outdir: resolve(outdir, name),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    sourcemap,
    platform: 'node',
    target,
    format: 'esm',
    plugins: [...plugins],
    legalComments: 'none',
    charset: 'utf8',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });

/**
 * Bundles one entry to ESM for Lambda.
 *
 * Dynamic imports become chunks of their own, so that what is loaded on demand costs nothing at
 * start-up.
 *
 * A bundle behaves as its sources do: unless `omit` names them, no part of a library is missing.
 * Only what changes no answer is done to all: Node's own modules are loaded by `require`, and
 * credentials are read from Lambda's environment before the SDK's chain is loaded.
 *
 * @param plugins see the sources first, before those of the framework
 * @throws esbuild's `BuildFailure`, which lists file and line of each error, also where a library
 * has changed a file that `omit` replaces
 * @throws {Error} for a part in `omit` that is unknown
 * @example
 * // Every query names its tables with their schema and is made by antipode/dsql:
 * await bundle({ entry, outdir, name: 'orders-api', omit: omittableParts });
 */
export const bundle = async (
  options: BundleOptions,
  plugins: readonly Plugin[] = [],
): Promise<Bundle> => {
  const { outdir, name, omit = [], omitUnusedDriver = false } = options;
  const directory = resolve(outdir, name);
  const all = [...plugins, bundlePlugin({ omit })];
  const smaller =
    omitUnusedDriver && (await buildEntry(options, [...all, omissions(driverParts, 'keep')]));
  const { outputFiles, metafile } =
    smaller && !usesDriverItself(smaller.metafile, projectOf(options.entry))
      ? smaller
      : await buildEntry(options, all);
  const files = outputFiles.toSorted(byPath);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await Promise.all([
    writeFile(`${directory}.meta.json`, JSON.stringify(metafile)),
    ...files.map((file) => writeFile(file.path, file.contents)),
  ]);
  return { directory, hash: digest(directory, files), metafile };
};

/**
 * Waits for all builds, also where one fails: a process that ends while esbuild works gets a report
 * of a deadlock from esbuild's own process.
 *
 * @throws the first failure in the order of `builds`
 */
export const allBuilt = async <Built>(
  builds: readonly Promise<Built>[],
): Promise<readonly Built[]> => {
  await Promise.allSettled(builds);
  return Promise.all(builds);
};

/**
 * Bundles several entries at once, each under its name, all with the same options.
 *
 * @throws as `bundle`, once no build runs any more
 */
export const bundleAll = async <Name extends string>(
  entries: Readonly<Record<Name, string>>,
  outdir: string,
  options: Pick<BundleOptions, 'omit' | 'omitUnusedDriver' | 'sourcemap'> = {},
  plugins: readonly Plugin[] = [],
): Promise<Readonly<Record<Name, Bundle>>> => {
  const bundled = await allBuilt(
    Object.entries<string>(entries).map(
      async ([name, entry]) =>
        [name, await bundle({ ...options, name, entry, outdir }, plugins)] as const,
    ),
  );
  return Object.fromEntries(bundled) as Record<Name, Bundle>;
};
