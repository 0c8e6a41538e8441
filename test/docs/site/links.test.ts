import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { problemsOf } from '../../../docs/site/links.ts';
import { temporaryFolder } from '../../arch/tools.ts';

/** The problems of a site of these files, at an address below its host. */
const problemsIn = (files: Readonly<Record<string, string>>) => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, file)), { recursive: true });
    writeFileSync(join(folder.path, file), text);
  }
  return problemsOf(folder.path, '/antipode/').problems;
};

const page = '<h1 id="caf%C3%A9">Page</h1><h2 id="next">Next</h2>';

describe('a link of the site', () => {
  test.each([
    ['to a page', '/antipode/docs/page.html'],
    ['to a heading', '/antipode/docs/page.html#next'],
    ['from beside the page', 'docs/page.html#next'],
    ['without the suffix', '/antipode/docs/page'],
    ['to the first page', '/antipode/'],
    ['to a heading of its own page', '#here'],
    ['to another host', 'https://example.com/nothing'],
  ])('is fine %s', (_, href) => {
    const index = `<h1 id="here">Index</h1><a class="link" href="${href}">there</a>`;
    expect(problemsIn({ 'index.html': index, 'docs/page.html': page })).toEqual([]);
  });

  test.each([
    ['to a page that is not there', '/antipode/docs/gone.html', 'no page for'],
    ['to a heading that is not there', '/antipode/docs/page.html#gone', 'no heading for'],
    ['to a heading of its own page that is not there', '#gone', 'no heading for'],
    ['beside the site on its host', '/docs/page.html', 'is not below /antipode/'],
  ])('is reported %s', (_, href, problem) => {
    const index = `<a href="${href}">there</a>`;
    const problems = problemsIn({ 'index.html': index, 'docs/page.html': page });
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});

describe('a file of another host', () => {
  test.each([
    ['a script', 'index.html', '<script async src="https://cdn.example/a.js"></script>'],
    ['a style sheet', 'index.html', '<link rel="stylesheet" href="//cdn.example/a.css">'],
    ['a picture', 'index.html', '<img alt="" src="https://cdn.example/a.png">'],
    ['a font', 'style.css', '@font-face{src:url(https://cdn.example/a.woff2)}'],
    ['an imported style sheet', 'style.css', '@import "https://cdn.example/a.css";'],
  ])('is reported: %s', (_, file, text) => {
    expect(problemsIn({ [file]: text })).toEqual([expect.stringMatching(/loads .*cdn\.example/)]);
  });
});
