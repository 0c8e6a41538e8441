import { bundlePlugin } from 'antipode/bundling';
import { build } from 'esbuild';

/** Bundles an entry to one file, in CommonJS, by esbuild itself. */
export const bundleByEsbuild = async (entry: string, outfile: string): Promise<void> => {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    plugins: [bundlePlugin({ omit: ['kysely/schema-builder', 'kysely/merge'] })],
  });
};
