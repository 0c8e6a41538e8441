import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

type Page = {
  readonly ids: ReadonlySet<string>;
  readonly links: readonly string[];
  readonly foreign: readonly string[];
};

const decode = (text: string): string => decodeURIComponent(text.replaceAll('&amp;', '&'));

const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

/** Elements that a browser loads without being asked to. */
const loaded =
  /<(?:script|img|link|iframe|source)\b[^>]*?\s(?:src|href)="((?:https?:)?\/\/[^"]*)"/g;

/** Style sheets may load fonts. */
const imported = /(?:@import\s+|url\()["']?((?:https?:)?\/\/[^"')\s]*)/g;

const pageOf = (text: string): Page => ({
  ids: new Set(matches(text, /\sid="([^"]*)"/g).map(decode)),
  links: matches(text, /<a\b[^>]*?\shref="([^"]*)"/g).map(decode),
  foreign: [...matches(text, loaded), ...matches(text, imported)],
});

/** A link without a suffix, as in the menu of VitePress, means the page of that name. */
const filesOf = (path: string): readonly string[] => [
  path,
  `${path}.html`,
  posix.join(path, 'index.html'),
];

/**
 * The links of a site that lead nowhere, also to a heading that is not there, and the files that a
 * page would load from another host.
 *
 * @param folder the files of the site
 * @param base the path of the site on its host, such as `/antipode/`
 */
export const problemsOf = (folder: string, base: string) => {
  const files = globSync('**/*.html', { cwd: folder });
  const pages = new Map(
    files.map((file) => [file, pageOf(readFileSync(join(folder, file), 'utf8'))]),
  );
  const styles = globSync('**/*.css', { cwd: folder });
  const problemOf = (from: string, link: string): string | undefined => {
    if (/^[a-z]+:/.test(link)) return;
    const { pathname, hash } = new URL(link, `http://site${base}${from}`);
    if (!pathname.startsWith(base)) return `${from}: ${link} is not below ${base}`;
    const path = decode(pathname.slice(base.length));
    const target = filesOf(path).find((file) => pages.has(file));
    if (target === undefined) return `${from}: no page for ${link}`;
    const id = decode(hash.slice(1));
    if (id !== '' && !pages.get(target)?.ids.has(id)) return `${from}: no heading for ${link}`;
    return;
  };
  const problems = [...pages].flatMap(([from, { links, foreign }]) => [
    ...links.map((link) => problemOf(from, link)).filter((problem) => problem !== undefined),
    ...foreign.map((address) => `${from}: loads ${address}`),
  ]);
  const fonts = styles.flatMap((file) =>
    matches(readFileSync(join(folder, file), 'utf8'), imported).map(
      (address) => `${file}: loads ${address}`,
    ),
  );
  return { pages: pages.size, problems: [...new Set([...problems, ...fonts])] };
};
