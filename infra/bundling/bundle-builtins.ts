import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const names = builtinModules.filter((name) => !name.startsWith('_'));

const builtin = new RegExp(`^(?:node:)?(?:${names.join('|')})$`);

/**
 * Loads Node's own modules with `require`, also where they are imported.
 *
 * An `import` of one evaluates every getter that it exports. Those of `node:http` load the whole of
 * undici and HTTP/2 for the sake of `WebSocket`, and those of `node:crypto` build Web Crypto: 20 to
 * 40 ms of a cold start that nothing asked for. `require` leaves a getter alone until it is used.
 */
export const requiredBuiltins: Plugin = {
  name: 'antipode-required-builtins',
  setup: (build) => {
    build.onResolve({ filter: builtin }, ({ path, kind }) =>
      kind === 'import-statement'
        ? {
            path: path.replace(/^(?:node:)?/, 'node:'),
            namespace: 'required-builtin',
            // An import that is not used need not be loaded.
            sideEffects: false,
          }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'required-builtin' }, ({ path }) => ({
      contents: `module.exports=require(${JSON.stringify(path)})`,
      loader: 'js',
    }));
  },
};
