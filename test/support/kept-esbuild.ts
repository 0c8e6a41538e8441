import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as esbuild from 'esbuild';

export * from 'esbuild';

/** A bundle, as a file of the folder holds it. */
type Kept = {
  /** SHA-256 of each input that is a file, by its path from the working directory. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly metafile: esbuild.Metafile;
  /** The folder of the output, from the working directory. */
  readonly output: string;
  /** Files by their paths from the folder of the output, in base 64. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
};

const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The files of a bundle as they are now; a plugin's own name may stand before a path. */
const inputsOf = (directory: string, { inputs }: esbuild.Metafile): Kept['inputs'] => {
  const paths = Object.keys(inputs).map((input) =>
    resolve(directory, input.replace(/^[\w-]+:/, '')),
  );
  return Object.fromEntries(
    paths.filter(isFile).map((path) => [relative(directory, path), sha256(readFileSync(path))]),
  );
};

/** A metafile as it is for another folder of the output. */
const moved = (metafile: esbuild.Metafile, from: string, to: string): esbuild.Metafile =>
  JSON.parse(JSON.stringify(metafile).replaceAll(`"${from}/`, `"${to}/`)) as esbuild.Metafile;

const readKept = (file: string): Kept | undefined =>
  isFile(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : undefined;

/** The outputs of a kept bundle, if each of its files is still the same. */
const outputOf = (
  kept: Kept | undefined,
  directory: string,
  outdir: string,
): esbuild.BuildResult | undefined => {
  if (!kept) return undefined;
  const now = inputsOf(directory, kept.metafile);
  if (JSON.stringify(now) !== JSON.stringify(kept.inputs)) return undefined;
  const outputFiles = kept.files.map(({ path, text }): esbuild.OutputFile => {
    const contents = Buffer.from(text, 'base64');
    return { path: join(outdir, path), contents, hash: '', text: contents.toString() };
  });
  const metafile = moved(kept.metafile, kept.output, relative(directory, outdir));
  return { errors: [], warnings: [], outputFiles, metafile, mangleCache: {} };
};

/**
 * esbuild's `build`, which keeps its bundles in the folder that `ANTIPODE_TEST_BUNDLES` names. It
 * gives a kept one back if the app, the options and all files of the bundle are the same.
 */
export const build = async (options: esbuild.BuildOptions): Promise<esbuild.BuildResult> => {
  const { env, argv } = process;
  const folder = env['ANTIPODE_TEST_BUNDLES'];
  const { absWorkingDir: directory, outdir, plugins = [], ...others } = options;
  if (!folder || !directory || !outdir || options.write !== false) return esbuild.build(options);
  const named = [esbuild.version, argv[1], directory, plugins.map(({ name }) => name), others];
  const file = join(folder, sha256(JSON.stringify(named)));
  const kept = outputOf(readKept(file), directory, outdir);
  if (kept) return kept;
  const result = await esbuild.build(options);
  const { metafile, outputFiles = [] } = result;
  if (!metafile) return result;
  const written: Kept = {
    inputs: inputsOf(directory, metafile),
    metafile,
    output: relative(directory, outdir),
    files: outputFiles.map(({ path, contents }) => ({
      path: relative(outdir, path),
      text: Buffer.from(contents).toString('base64'),
    })),
  };
  // Another process may write the same one.
  const part = `${file}.${process.pid}`;
  writeFileSync(part, JSON.stringify(written));
  renameSync(part, file);
  return result;
};
