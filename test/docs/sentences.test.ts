import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages } from '../../docs/site/page-list.ts';
import { problemOf, sentencesOf } from '../support/sentences.ts';

const read = (path: string): string =>
  readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

describe('the sentences of the documents', () => {
  test.each(pages)('are read once: %s', (page) => {
    const problems = sentencesOf(read(page)).flatMap((sentence) => {
      const problem = problemOf(sentence);
      return problem === undefined ? [] : [`${problem}: ${sentence}`];
    });
    expect(problems).toEqual([]);
  });
});

describe('a planted sentence', () => {
  test.each([
    ['What cannot be judged is not run.', 'names no subject'],
    ['**Who may connect** is listed here.', 'names no subject'],
    ['It keeps that which is left.', 'says "that which"'],
    [`It has ${'very '.repeat(34)}much.`, 'has 37 words'],
    ['It reads; it decides; it commits.', 'has more than one semicolon'],
  ])('is reported: %s', (sentence, problem) => {
    expect(sentencesOf(`Before it.\n\n* ${sentence} After it.`).map(problemOf)).toEqual([
      undefined,
      expect.stringContaining(problem),
      undefined,
    ]);
  });

  test.each([
    'What is promised?',
    'It reads; it decides.',
    `It has ${'very '.repeat(33)}much.`,
    'See [a page](what/that-which/is.md).',
  ])('is fine: %s', (sentence) => {
    expect(sentencesOf(sentence).map(problemOf)).toEqual([undefined]);
  });

  test('is not looked for in code, tables and headings', () => {
    expect(
      sentencesOf('# What is left\n\n```sh\nWhat is left.\n```\n\n| What is left. |\n'),
    ).toEqual([]);
  });
});
