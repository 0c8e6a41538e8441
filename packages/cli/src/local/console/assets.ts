import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { HttpResponse } from 'antipode-local-dsql/http';

const require = createRequire(import.meta.url);

/** The folder of the page: the browser reads the same files in a checkout and in the package. */
const page = join(import.meta.dirname, 'page');

/** The modules of packages that the page imports by name, each as the file that a browser reads. */
const vendored: Readonly<Record<string, () => string>> = {
  preact: () => require.resolve('preact'),
  'preact/hooks': () => require.resolve('preact/hooks'),
  htm: () => join(dirname(require.resolve('htm')), 'htm.module.js'),
};

/** The name of a package in an import. A map of names would need a script inside the page. */
const specifier = /\bfrom\s*(["'])([a-z]+(?:\/[a-z]+)?)\1/g;

const vendorPath = '/_antipode/console/vendor/';

const withPaths = (text: string): string =>
  text.replace(specifier, (whole, quote: string, name: string) =>
    Object.hasOwn(vendored, name) ? `from${quote}${vendorPath}${name}.js${quote}` : whole,
  );

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/**
 * The page runs the modules of this port alone and talks to this port alone. The style of an
 * element is set by scripts, which this policy lets do so.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The headers of every answer of the console. */
export const consoleHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const ownName = /^[a-z]+(?:-[a-z]+)*\.(js|css|html)$/;

const fileOf = (name: string): string | undefined => {
  const [, module] = /^vendor\/(.+)\.js$/.exec(name) ?? [];
  if (module !== undefined) {
    return Object.hasOwn(vendored, module) ? vendored[module]?.() : undefined;
  }
  return ownName.test(name) ? join(page, name) : undefined;
};

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * A file of the page, or a module of a package that it uses.
 *
 * @param name the path below the console; empty for the page itself
 */
export const asset = (name: string): HttpResponse | undefined => {
  const file = fileOf(name === '' ? 'index.html' : name);
  const text = file === undefined ? undefined : read(file);
  if (file === undefined || text === undefined) return undefined;
  const extension = name === '' ? 'html' : (name.split('.').at(-1) ?? '');
  return {
    status: 200,
    headers: { ...consoleHeaders, 'content-type': types[extension] ?? '' },
    body: extension === 'js' ? withPaths(text) : text,
  };
};
