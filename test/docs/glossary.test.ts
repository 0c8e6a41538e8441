import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const read = (path: string): string =>
  readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

const boldWordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/\*\*([^*]+)\*\*/g)].map(([, word = '']) => word);

/** The comment at the top of the kernel, as one text. */
const kernelGlossary = (): string => {
  const [comment = ''] = read('src/domain/kernel/index.ts').split('*/');
  return comment.slice('/**'.length).replaceAll('\n *', '').replaceAll(/ +/g, ' ');
};

test('the glossary has each word of the kernel', () => {
  const known = boldWordsOf(read('docs/glossary.md')).map((word) => word.replace(/ of a .*/, ''));
  const missing = boldWordsOf(kernelGlossary())
    .map((word) => word.replace(/^emits$/, 'emit'))
    .filter((word) => !known.includes(word));
  expect(missing).toEqual([]);
});

test('no word of the glossary is explained twice', () => {
  const words = [...read('docs/glossary.md').matchAll(/^\| \*\*([^|]+?) \|/gm)].map(([, w]) => w);
  expect(words.length).toBeGreaterThan(40);
  expect(new Set(words).size).toBe(words.length);
});
