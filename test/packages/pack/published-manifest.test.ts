import { expect, test } from 'vitest';
import { publishedManifest } from '../../../packages/pack/published-manifest.ts';
import { manifestOf } from '../../arch/packages.ts';

type Tree = Parameters<typeof publishedManifest>[0];
const tree = manifestOf('packages/cli') as unknown as Tree;

test('a published package names its repository, where questions go, and how it is found', () => {
  const manifest = publishedManifest(tree, 'packages/cli', 'https://example.com/a/antipode');
  expect(manifest).toMatchObject({
    repository: { type: 'git', url: 'git+https://example.com/a/antipode.git' },
    homepage: 'https://example.com/a/antipode#readme',
    bugs: { url: 'https://example.com/a/antipode/issues' },
  });
  expect(manifest.repository?.directory).toBe('packages/cli');
  expect(manifest.keywords).toContain('aurora-dsql');
});

test('a package that is only tried names no repository', () => {
  expect(publishedManifest(tree, 'packages/cli')).not.toHaveProperty('repository');
});
