import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { siblingModule } from './sibling-module.ts';
import { virtualPaths } from './virtual-paths.ts';

const namespace = 'environment-credentials';

const ownPath = fileURLToPath(siblingModule('environment-credentials', import.meta.url));
const ownModule = JSON.stringify(ownPath);

/**
 * Takes Lambda's credentials from the environment at once; the SDK's chain is loaded where they are
 * not there.
 */
const withChain = (chain: string): string => `
  import { environmentFirst } from ${ownModule};
  export const defaultProvider = environmentFirst(() => import(${chain}));
`;

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

const withoutChain = `export { environmentOnly as defaultProvider } from ${ownModule};`;

/**
 * The part of the package that SDK clients import. A module that imports more gets the package
 * itself.
 */
const importsProviderOnly =
  /^import \{ defaultProvider(?: as \w+)? \} from "@aws-sdk\/credential-provider-node";$/m;

/**
 * Keeps the SDK's chain of credential sources out of a function's start: it is half of a client's,
 * and Lambda sets credentials as environment variables.
 *
 * @param chain whether the bundle keeps the chain, as a chunk that is loaded on demand
 */
export const environmentCredentials = (chain: boolean): Plugin => ({
  name: 'antipode-credentials',
  setup: (build) => {
    const { nameOf, fileOf } = virtualPaths(build);
    const filter = /^@aws-sdk\/credential-provider-node$/;
    build.onResolve({ filter }, async ({ path, pluginData, importer, resolveDir, kind }) => {
      if (pluginData === namespace) return undefined;
      const standsIn = !chain || importsProviderOnly.test(await textOf(importer));
      if (!standsIn) return undefined;
      const asked = { importer, resolveDir, kind, pluginData: namespace };
      const found = await build.resolve(path, asked);
      return found.errors.length > 0
        ? { errors: found.errors }
        : { path: chain ? nameOf(found.path) : 'environment', namespace, sideEffects: false };
    });
    build.onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: chain ? withChain(JSON.stringify(fileOf(path))) : withoutChain,
      resolveDir: dirname(ownPath),
      loader: 'js',
    }));
  },
});
