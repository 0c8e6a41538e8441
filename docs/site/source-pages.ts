import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, staged } from './tools.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A file of the project, each line with an anchor such as `L12`. */
const htmlOf = (file: string): string => {
  const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
  const numbered = lines.map((line, at) => `<span id="L${at + 1}">${escaped(line)}</span>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${file}</title>
<style>body{font:14px/1.5 monospace;margin:2em}:target{background:#fe8}
pre{counter-reset:line}span::before{counter-increment:line;content:counter(line);
display:inline-block;width:3em;color:#888}</style></head>
<body><h1>${file}</h1><pre>${numbered.join('\n')}</pre></body></html>
`;
};

const files = new Set<string>();

/** Files of the project that a page links to. The site shows them as they are. */
export const sourcePages = {
  /** The address of a file in the site, where it will be written. */
  add: (file: string): string => {
    files.add(file);
    return `/source/${file}.html`;
  },

  /** Writes all files that were added. */
  write: (): void => {
    for (const file of files) {
      const path = join(staged, 'public/source', `${file}.html`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, htmlOf(file));
    }
  },
};
