import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { virtualPaths } from './virtual-paths.ts';

/** The modules of an SDK client that read its version. */
const ofClient = /node_modules[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]/;

const packageImport = /import (\w+) from "\.\.\/package\.json";/;

/** Whether a module takes nothing but the version out of its package's manifest. */
const readsVersionOnly = (source: string): boolean => {
  const [statement, name] = packageImport.exec(source) ?? [];
  if (statement === undefined) return false;
  const uses = source
    .replace(statement, '')
    .matchAll(new RegExp(`\\b${name}\\b(\\.version\\b)?`, 'g'));
  return [...uses].every(([, version]) => version !== undefined);
};

/**
 * Gives an SDK client the version out of its manifest instead of the whole manifest.
 *
 * Only for the client's own modules that read nothing else: whatever else imports the manifest gets
 * all of it.
 */
export const clientVersions: Plugin = {
  name: 'antipode-client-versions',
  setup: (build) => {
    const { nameOf, fileOf } = virtualPaths(build);
    build.onResolve({ filter: /^\.\.\/package\.json$/ }, async (asked) => {
      const { path, importer, resolveDir, kind, pluginData } = asked;
      if (pluginData === clientVersions.name || !ofClient.test(importer)) return undefined;
      if (!readsVersionOnly(await readFile(importer, 'utf8'))) return undefined;
      const data = { importer, resolveDir, kind, pluginData: clientVersions.name };
      const found = await build.resolve(path, data);
      return found.errors.length > 0
        ? undefined
        : { path: nameOf(found.path), namespace: 'client-version' };
    });
    build.onLoad({ filter: /./, namespace: 'client-version' }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(fileOf(path), 'utf8')) as {
        readonly version: string;
      };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};
