import { registerHooks } from 'node:module';

/**
 * Has an app that tests start many times bundle its functions once: `--import` this module. To
 * bundle the ledger takes twice as much processor time as everything else in its synthesis.
 */
const kept = new URL('./kept-esbuild.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'esbuild' && context.parentURL !== kept
      ? { url: kept, shortCircuit: true }
      : next(specifier, context),
});
