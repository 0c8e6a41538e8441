import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { problemsOf } from './links.ts';
import { stagePages } from './pages.ts';
import { stageReference } from './reference.ts';
import { root, runTool, site, staged } from './tools.ts';

/**
 * `npm run site` builds the site of the documents into `dist/site/html`, with the reference of
 * every public symbol. It ends with 1 if a link leads nowhere, or a page asks another host for
 * something.
 *
 *   npm run site -- [--base /antipode/] [--serve]
 *
 * A static web server shows the folder; `--serve` does so on this machine. The tools are installed
 * into `dist/site`: they take 300 MB, which nobody needs who does not build the site.
 */
const { values } = parseArgs({
  options: { base: { type: 'string', default: '/' }, serve: { type: 'boolean', default: false } },
});

const read = (file: string): string => readFileSync(file, 'utf8');

/** Installs the tools, unless those of this lock file are there. */
const installTools = async (): Promise<void> => {
  const lock = 'package-lock.json';
  const [wanted, kept] = [join(root, 'docs/site', lock), join(site, lock)];
  if (existsSync(kept) && read(kept) === read(wanted)) return;
  mkdirSync(site, { recursive: true });
  copyFileSync(join(root, 'docs/site/package.json'), join(site, 'package.json'));
  copyFileSync(wanted, join(site, 'wanted.json'));
  copyFileSync(wanted, kept);
  try {
    await runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  } catch (error) {
    rmSync(kept, { force: true });
    throw error;
  }
};

/** VitePress and the theme, beside the pages. */
const stageConfiguration = (): void => {
  const folder = join(staged, '.vitepress');
  cpSync(join(root, 'docs/site/theme'), join(folder, 'theme'), { recursive: true });
  copyFileSync(join(root, 'docs/site/vitepress.config.ts'), join(folder, 'config.ts'));
  const script = 'mermaid.min.js';
  copyFileSync(join(site, 'node_modules/mermaid/dist', script), join(staged, 'public', script));
};

const vitepress = join(site, 'node_modules/vitepress/bin/vitepress.js');

await installTools();
rmSync(staged, { recursive: true, force: true });
await stageReference();
stagePages();
stageConfiguration();
await runTool(process.execPath, [vitepress, 'build', staged, '--base', values.base]);

const html = join(site, 'html');
const { pages, problems } = problemsOf(html, values.base);
for (const problem of problems) console.error(problem);
console.log(`${pages} pages in ${html}, ${problems.length} broken links`);
if (problems.length > 0) process.exitCode = 1;
else if (values.serve) {
  await runTool(process.execPath, [vitepress, 'preview', staged, '--base', values.base]);
}
