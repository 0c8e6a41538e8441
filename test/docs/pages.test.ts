import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages } from '../../docs/site/page-list.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const columnsMax = 100;

const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '');

/** A heading as GitHub names it in a link. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): readonly string[] =>
  [...withoutCode(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** The links of a page to files of the tree, each with its anchor. */
const linksOf = (page: string) =>
  [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, path = '', anchor]) => ({
      target: path === '' ? page : normalize(join(dirname(page), path)),
      anchor,
    }),
  );

const reachableFrom = (start: string): ReadonlySet<string> => {
  const reached = new Set([start]);
  for (const page of reached) {
    for (const { target } of linksOf(page)) if (target.endsWith('.md')) reached.add(target);
  }
  return reached;
};

/** Tables cannot be broken, and a word longer than a line cannot either. */
const isTooLong = (line: string): boolean =>
  line.length > columnsMax && !line.startsWith('|') && line.trim().includes(' ');

describe('the pages of the documents', () => {
  it.each(pages)('link to what exists: %s', (page) => {
    for (const { target, anchor } of linksOf(page)) {
      expect(existsSync(join(root, target)), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor);
    }
  });

  it('are all reached from the README, and listed in the index', () => {
    expect([...reachableFrom('README.md')].toSorted()).toEqual(pages.toSorted());
    const listed = linksOf('docs/README.md').map(({ target }) => target);
    expect(pages.filter((page) => page !== 'docs/README.md' && !listed.includes(page))).toEqual([]);
  });

  it.each(pages.filter((page) => /^docs\/(?!README)[^/]+$/.test(page)))(
    'ask a question, and name the next page: %s',
    (page) => {
      expect(read(page)).toMatch(/^# .*\?\n/);
      expect(read(page)).toMatch(/\n\nNext: \[[^\]]+\]\([^)]+\)[^\n]*(?:\n[^\n]+)?\n$/);
    },
  );

  it.each(pages)(`break their lines at ${columnsMax} columns: %s`, (page) => {
    expect(withoutCode(read(page)).split('\n').filter(isTooLong)).toEqual([]);
  });
});
