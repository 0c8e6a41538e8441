/**
 * The URL of a module beside this one, as source (`.ts`) or compiled (`.js`), whichever is running.
 *
 * Bundled entries are named by file, so the compiler cannot rewrite their extension.
 */
export const siblingModule = (name: string): URL =>
  new URL(`./${name}${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
