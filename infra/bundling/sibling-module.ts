/**
 * The URL of a module beside another one, as source (`.ts`) or compiled (`.js`), whichever is
 * running.
 *
 * Bundled entries are named by file, so the compiler cannot rewrite their extension.
 *
 * @param of `import.meta.url` of the module that asks
 * @example
 * siblingModule('peer-clusters.lambda', import.meta.url);
 */
export const siblingModule = (name: string, of: string): URL =>
  new URL(`./${name}${of.slice(of.lastIndexOf('.'))}`, of);
