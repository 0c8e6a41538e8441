import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decideReserve } from '../../docs/examples/seats.ts';
import { decisionOf } from '../../src/testing/index.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const pageTexts = (): readonly string[] => {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...pages.map((name) => `docs/${name}`)].map(read);
};

describe('the documents', () => {
  it('show the examples as they are compiled', () => {
    const shown = [
      ...pageTexts()
        .join('\n')
        .matchAll(/<!-- (docs\/examples\/\S+) -->\n```ts\n(.*?)```/gs),
    ];
    const files = readdirSync(join(root, 'docs/examples')).map((file) => `docs/examples/${file}`);
    expect(shown.map(([, path]) => path).toSorted()).toEqual(files.toSorted());
    for (const [, path = '', code] of shown) expect(code).toBe(read(path));
  });

  it('show a decision that emits its event', () => {
    decisionOf(decideReserve)
      .given({ id: 'hamlet', free: 3, version: 7 })
      .when({ id: 'r-1', show: 'hamlet', seats: 2 })
      .thenEvents({ type: 'SeatsReserved', data: { show: 'hamlet', seats: 2 } })
      .thenResult({ left: 1 });
  });

  it('show a test of a decision that passes', async () => {
    await import('../../docs/examples/sold-out.ts');
  });

  it('show no other code of TypeScript', () => {
    const marked = /<!-- docs\/examples\/\S+ -->\n```ts\n/g;
    for (const text of pageTexts()) {
      expect(text.match(/^```(?:ts|typescript)$/gm) ?? []).toHaveLength(
        text.match(marked)?.length ?? 0,
      );
    }
  });
});
