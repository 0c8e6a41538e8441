import type { Plugin } from 'esbuild';

/** A module of a package that only declares things, but does not say so. */
const declaresOnly = /[\\/]node_modules[\\/]@aws-lambda-powertools[\\/]/;

/** Marks a question that this plugin asks esbuild itself. */
const asked = {};

/**
 * Tells esbuild which packages do nothing when they are loaded, so that an import of them that
 * nobody uses can go.
 *
 * Of several imports of a module, esbuild believes the one that it resolves first, and its threads
 * decide which one that is. So the answer depends on the module alone: it is the same for an import
 * by the package's name and for a relative one inside the package.
 */
export const declaredSideEffects: Plugin = {
  name: 'antipode-side-effects',
  setup: (build) => {
    // The second part asks only about the form of Node's ES modules: each question costs time.
    const filter = /^(?:@aws-lambda-powertools\/|\.{1,2}\/.*\.js$)/;
    build.onResolve({ filter }, async ({ path, pluginData, ...from }) => {
      const { importer, namespace, resolveDir, kind } = from;
      const isRelative = path.startsWith('.');
      if (pluginData === asked || (isRelative && !declaresOnly.test(importer))) return undefined;
      const options = { importer, namespace, resolveDir, kind, pluginData: asked };
      const found = await build.resolve(path, options);
      return declaresOnly.test(found.path) ? { ...found, sideEffects: false } : found;
    });
  },
};
