import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import type { ServiceMigrations } from '../../src/domain/kernel/index.ts';

const namespace = 'antipode-migrations';

/** Marks a path that this plugin has asked esbuild about, so that it does not ask again. */
const asked = {};

/** The modules that a function imports, as its own text names them. */
const importedIn = (load: () => unknown): readonly string[] =>
  [...String(load).matchAll(/import(?:__)?\(\s*['"`]([^'"`]+)['"`]/g)].flatMap(
    ([, name]) => name ?? [],
  );

/**
 * Whether a module exports the list of the declaration and nothing else. A module that Node cannot
 * load may still be one that esbuild can bundle, such as JSON without an import attribute.
 */
const isListAlone = async (path: string, load: () => unknown): Promise<boolean> => {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
    const [exported, list] = [Object.values(module), await load()];
    return exported.length > 0 && exported.every((one) => one === list);
  } catch {
    return false;
  }
};

const refusal =
  'throw new Error("This function has no migrations: only the one that migrates has them");';

/**
 * Leaves a service's migrations out of the bundle of a function that does not run them. A new
 * migration then changes no other function, so that the others are not deployed again.
 *
 * It leaves out a module only if the declaration loads exactly its list, and the module exports
 * nothing else. Any other declaration stays as it is.
 */
export const withoutMigrations = (migrations: ServiceMigrations): Plugin => ({
  name: namespace,
  setup: (build) => {
    // A list is a part of the declaration itself, and of every function with it.
    if (typeof migrations !== 'function') return;
    const names = importedIn(migrations);
    build.onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, pluginData, ...from }) => {
      if (kind !== 'dynamic-import' || pluginData === asked || !names.includes(path)) {
        return undefined;
      }
      const { importer, resolveDir } = from;
      const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: asked });
      if (found.errors.length > 0) return undefined;
      return (await isListAlone(found.path, migrations)) ? { path, namespace } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace }, () => ({ contents: refusal, loader: 'js' }));
  },
});
