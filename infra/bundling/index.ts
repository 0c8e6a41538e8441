/**
 * Bundles of functions, for any tool that deploys them: this subpath needs esbuild and nothing of
 * the CDK. `parts/` has the parts of libraries that a bundle may do without.
 *
 * @packageDocumentation
 */

export { type Bundle, type BundleOptions, bundle, bundleAll } from './bundle.ts';
export { type BundlePluginOptions, bundlePlugin } from './bundle-plugin.ts';
export { type OmittablePart, omittableParts } from './parts/bundle-parts.ts';
