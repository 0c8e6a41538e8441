import { expect, test } from 'vitest';
import { readIndex } from '../../../docs/site/index-page.ts';
import { pages } from '../../../docs/site/page-list.ts';
import { subpaths } from '../../../docs/site/reference.ts';
import { packageEntries } from '../../arch/packages.ts';

test('the navigation has every page once, the first page aside', () => {
  const links = readIndex()
    .flatMap(({ items }) => items.map(({ link }) => link.slice(1)))
    .filter((link) => link.endsWith('.md'));
  expect(links.toSorted()).toEqual(pages.filter((page) => page !== 'docs/README.md').toSorted());
});

test('every group of the navigation has pages', () => {
  expect(readIndex().length).toBeGreaterThan(8);
  for (const { text, items } of readIndex()) expect(items.length, text).toBeGreaterThan(2);
});

test('the reference has every subpath of the packages but those that serve the packages', () => {
  const names = subpaths.map(({ name }) => name);
  expect([...packageEntries.keys()].filter((name) => !names.includes(name))).toEqual([
    'antipode/internal/domain',
    'antipode/internal/dsql',
    'antipode/package.json',
    'antipode-local-dsql/command',
    'antipode-local-dsql/folders',
    'antipode-local-dsql/http',
    'antipode-local-dsql/process',
    'antipode-local-dsql/runs',
    'antipode-local-dsql/statements',
    'antipode-local-dsql/package.json',
    'antipode-cli/package.json',
  ]);
});
