import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A heading as GitHub names it in a link, so that one text serves both. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const sidebar = JSON.parse(readFileSync(join(import.meta.dirname, 'sidebar.json'), 'utf8'));

/** The site of the documents. `docs/site/build.ts` puts this file beside the pages. */
export default {
  title: 'Antipode',
  description: 'Event-driven microservices on Aurora DSQL, Lambda and EventBridge, in two Regions',
  outDir: '../html',
  cacheDir: '../cache',
  // The files of the project are HTML already. `docs/site/links.ts` follows the links to them.
  ignoreDeadLinks: [/^\/source\//],
  markdown: { anchor: { slugify: slugOf } },
  themeConfig: {
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Questions', link: '/' },
      { text: 'Reference', link: '/reference/' },
      { text: 'Glossary', link: '/docs/glossary' },
    ],
  },
};
