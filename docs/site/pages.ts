import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { readIndex } from './index-page.ts';
import { pages } from './page-list.ts';
import { sourcePages } from './source-pages.ts';
import { root, staged } from './tools.ts';

/** The index is the first page of the site. */
const index = 'docs/README.md';

/** Code blocks, in which nothing is a link. */
const code = /^```.*?^```$/gms;

/** Links to files of the project. */
const links = /\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)/g;

const pictures = /^```mermaid\n(.*?)^```$/gms;

/** Images are shown as they are; any other file is shown as text. */
const image = /\.(?:gif|jpe?g|png|svg|webp)$/;

const imageAddress = (file: string): string => {
  const path = join(staged, 'public', file);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(root, file), path);
  return `/${file}`;
};

/** Where a file of the project is found in the site. A folder is not in it. */
const addressOf = (file: string): string => {
  if (file === index) return '/index.md';
  if (pages.includes(file)) return `/${file}`;
  if (image.test(file)) return imageAddress(file);
  return statSync(join(root, file)).isFile() ? sourcePages.add(file) : '/docs/packages.md';
};

/** A page with links from the root of the site, and with pictures for the theme. */
const siteText = (page: string): string => {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks: string[] = [];
  const kept = text
    .replace(
      pictures,
      (_, picture: string) => `<MermaidPicture text="${encodeURIComponent(picture)}" />`,
    )
    .replace(code, (block) => `\0${blocks.push(block) - 1}\0`);
  return kept
    .replace(links, (_, path: string, anchor = '') => {
      return `](${addressOf(posix.join(posix.dirname(page), path))}${anchor})`;
    })
    .replace(/\0(\d+)\0/g, (_, number: string) => blocks[Number(number)] ?? '');
};

const write = (file: string, text: string): void => {
  const path = join(staged, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

/** Writes all pages of the project, the files that they link to, and the navigation. */
export const stagePages = (): void => {
  for (const page of pages) write(page === index ? 'index.md' : page, siteText(page));
  write('.vitepress/sidebar.json', JSON.stringify(readIndex()));
  sourcePages.write();
};
