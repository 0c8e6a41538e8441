import type { Plugin } from 'esbuild';

/** Packages that only declare things, but do not say so: what of them is not used can go. */
const withoutSideEffects = /^@aws-lambda-powertools\//;

/** Tells esbuild which packages do nothing when they are loaded. */
export const declaredSideEffects: Plugin = {
  name: 'antipode-side-effects',
  setup: (build) => {
    build.onResolve({ filter: withoutSideEffects }, async ({ path, pluginData, ...asked }) => {
      // The same question comes back from `resolve`; then esbuild answers it.
      if (pluginData === declaredSideEffects.name) return undefined;
      const { importer, namespace, resolveDir, kind } = asked;
      const options = {
        importer,
        namespace,
        resolveDir,
        kind,
        pluginData: declaredSideEffects.name,
      };
      return { ...(await build.resolve(path, options)), sideEffects: false };
    });
  },
};
