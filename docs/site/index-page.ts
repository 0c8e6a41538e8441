import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from './page-list.ts';
import { subpaths } from './reference.ts';
import { root } from './tools.ts';

type Item = { readonly text: string; readonly link: string };

/** A part of the navigation. */
export type Group = {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: readonly Item[];
};

const rows = /^\| ([^|]+) \| \[[^\]]*\]\(([^)]+)\).* \|$/gm;

const itemsOf = (section: string): readonly Item[] =>
  [...section.matchAll(rows)].map(([, text = '', path = '']) => ({
    text,
    link: `/${join('docs', path)}`,
  }));

/** A decision is known by its title, not by its number. */
const decisionsOf = (section: string): readonly Item[] =>
  [...section.matchAll(/^\| \d+ \| \[([^\]]*)\]\(([^)]+)\) \|$/gm)].map(
    ([, text = '', path = '']) => ({ text, link: `/${join('docs', path)}` }),
  );

/**
 * The navigation: the headings and tables of `docs/README.md`, and the subpaths of the packages.
 *
 * @throws Error where a page of the documents is missing in it
 */
export const readIndex = (): readonly Group[] => {
  const [, ...sections] = readFileSync(join(root, 'docs/README.md'), 'utf8').split(/^## /m);
  const groups = sections.map((section) => {
    const [text = ''] = section.split('\n', 1);
    const items = text === 'Decisions' ? decisionsOf(section) : itemsOf(section);
    return { text, collapsed: true, items };
  });
  const known = groups.flatMap(({ items }) => items.map(({ link }) => link.slice(1)));
  const missing = pages.filter((page) => page !== 'docs/README.md' && !known.includes(page));
  if (missing.length > 0) throw new Error(`docs/README.md lists no ${missing.join(', ')}`);
  const reference = subpaths.map(({ name }) => ({ text: name, link: `/reference/${name}` }));
  return [...groups, { text: 'Reference', collapsed: true, items: reference }];
};
