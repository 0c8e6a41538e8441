import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zip } from './zip.ts';

/** A bundled function in the form that Lambda takes. */
export type Archive = {
  /** Of the file, such as `api.zip`. */
  readonly fileName: string;
  /** Ends the key in a bucket: changed code has another one, so CloudFormation updates it. */
  readonly key: string;
};

/** Hexadecimal digits of a hash in a key: 64 bits, and two codes of a function never meet. */
const digits = 16;

export const archiveOf = (name: string, hash: string): Archive => ({
  fileName: `${name}.zip`,
  key: `${name}-${hash.slice(0, digits)}.zip`,
});

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/**
 * Writes the archive of each bundle into a folder, and `archives.txt` with a line for each: the
 * name of its file, and its key in a bucket.
 *
 * @param bundles the folder and the hash of the code of each function
 */
export const writeArchives = (
  bundles: Readonly<Record<string, { readonly directory: string; readonly hash: string }>>,
  outdir: string,
): readonly Archive[] => {
  mkdirSync(outdir, { recursive: true });
  const archives = Object.entries(bundles).map(([name, { directory, hash }]) => {
    const archive = archiveOf(name, hash);
    const files = filesBelow(directory).map((path) => ({
      path: relative(directory, path).split(sep).join('/'),
      content: readFileSync(path),
    }));
    writeFileSync(join(outdir, archive.fileName), zip(files));
    return archive;
  });
  const lines = archives.map(({ fileName, key }) => `${fileName} ${key}\n`);
  writeFileSync(join(outdir, 'archives.txt'), lines.toSorted().join(''));
  return archives;
};
