import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import type { OmittablePart } from './parts/bundle-parts.ts';

/**
 * The parts of `pg` that connections of `antipode/dsql` never reach. A function may do without them
 * unless it uses `pg` by itself.
 */
export const driverParts: readonly OmittablePart[] = [
  'pg/native',
  'pg/pool',
  'pg/password-challenges',
  'pg/password-file',
  'pg/queries',
  'pg/connection-string',
  'pg/binary-values',
];

/** The folder of the framework's own code, as the paths in a metafile begin. */
const frameworkCode = fileURLToPath(new URL('../../src/', import.meta.url)).replaceAll('\\', '/');

const ofDriver = /(?:^|\/)node_modules\/(?:pg|pg-[\w-]+|pgpass)\//;

/**
 * Whether a function uses `pg` beside the framework: its own code imports it, or a library does.
 *
 * @param root the folder to which the paths of the metafile are relative
 */
export const usesDriverItself = ({ inputs }: Metafile, root: string): boolean => {
  return Object.entries(inputs).some(([path, { imports }]) => {
    const importer = resolve(root, path).replaceAll('\\', '/');
    if (importer.startsWith(frameworkCode) || ofDriver.test(importer)) return false;
    return imports.some(({ path: imported }) => ofDriver.test(imported));
  });
};
