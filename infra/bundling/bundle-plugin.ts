import type { BuildOptions, Plugin } from 'esbuild';
import { requiredBuiltins } from './bundle-builtins.ts';
import { clientVersions } from './bundle-client-version.ts';
import { environmentCredentials } from './bundle-credentials.ts';
import { omissions } from './bundle-omissions.ts';
import { declaredPureCalls } from './bundle-pure-calls.ts';
import { declaredSideEffects } from './bundle-side-effects.ts';
import type { OmittablePart } from './parts/bundle-parts.ts';

/** Options of the plugin and of `bundle`. */
export type BundlePluginOptions = {
  /**
   * Parts of libraries that the function never reaches; none unless given.
   *
   * The function throws an error that names the part when it reaches one all the same. No tool can
   * prove that it does not, so a test should run the bundle.
   */
  readonly omit?: readonly OmittablePart[];
};

/** CommonJS dependencies call `require` for Node's own modules, which ESM does not define. */
const requireBanner =
  "const require=process.getBuiltinModule('module').createRequire(import.meta.url);";

/** A banner that defines `require` already, as that of SST does. */
const definesRequire = /\b(?:const|let|var) require\s*=/;

/** Loaded by `pg` only when asked for by name, and not installed. */
const nativeClient = 'pg-native';

const prepare = (options: BuildOptions): void => {
  // The modules of the SDK, of which parts that are not used can be left out.
  options.mainFields ??= ['module', 'main'];
  options.external = [...(options.external ?? []), nativeClient];
  // The omissions look at what the bundle contains.
  options.metafile = true;
  const banner = options.banner?.['js'] ?? '';
  if (options.format === 'esm' && !definesRequire.test(banner)) {
    options.banner = { ...options.banner, js: `${requireBanner}${banner}` };
  }
};

/**
 * A plugin that makes the bundles of your own esbuild as small and as quick to load as those of
 * `bundle`.
 *
 * It changes no answer of a function, unless `omit` names a part that the function reaches. It sets
 * `mainFields` where you have not, keeps `metafile`, and defines `require` in an ES module whose
 * banner does not.
 *
 * @throws {Error} for a part in `omit` that is unknown
 * @example
 * await build({ …, bundle: true, platform: 'node', plugins: [bundlePlugin()] });
 */
export const bundlePlugin = ({ omit = [] }: BundlePluginOptions = {}): Plugin => {
  const plugins = [
    omissions(omit),
    clientVersions,
    environmentCredentials(!omit.includes('aws-sdk/credential-chain')),
    declaredSideEffects,
    declaredPureCalls,
    requiredBuiltins,
  ];
  return {
    name: 'antipode',
    setup: async (build) => {
      prepare(build.initialOptions);
      for (const plugin of plugins) await plugin.setup(build);
    },
  };
};
