import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zip } from './zip.ts';

/** The folder with the code of a function, and its hash. */
export type Code = { readonly directory: string; readonly hash: string };

/** Hexadecimal digits of a hash in a name: 64 bits, and two codes of a function never meet. */
const digits = 16;

/** The name of an archive in a bucket: changed code has another one, so that it is deployed. */
export const archiveKey = (name: string, hash: string): string =>
  `${name}-${hash.slice(0, digits)}.zip`;

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/**
 * Writes the archive of each function into a folder, and nothing else: what lies there goes.
 *
 * @param functions the code of each function by its name
 * @param fileName the name of an archive
 */
export const writeArchives = (
  functions: Readonly<Record<string, Code>>,
  outdir: string,
  fileName: (name: string, hash: string) => string,
): void => {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  for (const [name, { directory, hash }] of Object.entries(functions)) {
    const files = filesBelow(directory).map((path) => ({
      path: relative(directory, path).split(sep).join('/'),
      content: readFileSync(path),
    }));
    writeFileSync(join(outdir, fileName(name, hash)), zip(files));
  }
};
