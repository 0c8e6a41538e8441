import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pages } from '../../docs/site/page-list.ts';
import { manifestOf, packageFolders } from './packages.ts';
import { plant, root, run, temporaryFolder } from './tools.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The files with commands to copy: the pages, and the sources of the local stack's output. */
const commands = [...pages, 'packages/cli/src/commands/local/examples.ts'].map(read).join('\n');

/**
 * Files that commands write: the last word of an invocation by the aws command, and redirections in
 * shell blocks.
 */
const written = (): readonly string[] => {
  const answers = commands.matchAll(/\baws lambda invoke(?:[^\n]|\\\n)*?\s([\w./-]+\.json)\b/g);
  // Every block is read, because the end of one in another language looks like the start of one.
  const blocks = [...commands.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, language]) => language === '' || language === 'sh')
    .map(([, , text = '']) => text);
  const redirected = blocks.join('\n').matchAll(/\s>{1,2} ?([\w./-]+\.\w+)/g);
  return [...new Set([...answers, ...redirected].map(([, file = '']) => file))];
};

/** Files that a page has a person make, with their content. */
const made = (): readonly (readonly [file: string, content: string])[] =>
  pages.map(read).flatMap((text) => {
    const named = text.matchAll(/\bas\s+`([\w./-]+\.\w+)`:\n\n```\w*\n(.*?)```/gs);
    const examples = text.matchAll(/<!-- docs\/examples\/(\S+) -->\n```ts\n(.*?)```/gs);
    return [...named, ...examples].map(([, file = '', content = '']) => [file, content] as const);
  });

const plantIn = (folder: string, file: string, content: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
};

describe('a person who follows the documents in a checkout', () => {
  test('has commands write files, and writes some', () => {
    expect(written()).toEqual(['out.json']);
    expect(made().map(([file]) => file)).toEqual(
      expect.arrayContaining(['invoke.mjs', 'migrations/0001-shows.sql', 'seats.ts']),
    );
  });

  test('still passes the linter', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    // As the aws command writes it; what the checkout holds already is linted by itself.
    const answers = written().map((file) => [file, '{"statusCode":200,"body":"{}"}'] as const);
    plant(folder.path, Object.fromEntries([...answers, ...made()]));
    const { code, output } = await run(folder.path, 'biome', 'check', '--error-on-warnings', '.');
    expect(code, output).toBe(0);
  });

  test('commits nothing that a command has written', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    plantIn(folder.path, '.gitignore', read('.gitignore'));
    await run(folder.path, 'git', 'init', '--quiet');
    for (const file of written()) plantIn(folder.path, file, '{}');
    const { output } = await run(folder.path, 'git', 'status', '--porcelain', '-uall');
    expect(output).toBe('?? .gitignore\n');
  });
});

describe('the command of a package', () => {
  const commands = packageFolders.flatMap((folder) =>
    Object.values(manifestOf(folder).bin ?? {}).map((file) => join(folder, file)),
  );

  test.each(commands)('is executable, so that npx changes nothing: %s', async (file) => {
    expect(statSync(join(root, file)).mode & 0o111).toBe(0o111);
    if (!existsSync(join(root, '.git'))) return;
    const { output } = await run(root, 'git', 'ls-files', '--stage', file);
    expect(output).toMatch(/^100755 /);
  });
});

describe('an installation', () => {
  /** The warnings of npm, with the Node that it believes to run on. */
  const warningsOf = async (version: string): Promise<readonly string[]> => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const manifests = packageFolders.map((path) => join(path, 'package.json'));
    for (const file of [...manifests, 'package-lock.json', '.npmrc']) {
      plantIn(folder.path, file, read(file));
    }
    const pretend = `data:text/javascript,Object.defineProperty(process,'version',{value:'${version}'})`;
    const { output } = await run(
      folder.path,
      'sh',
      '-c',
      'NODE_OPTIONS="--import=$1" npm ci --dry-run --offline',
      'sh',
      pretend,
    );
    return output.split('\n').filter((line) => line.includes('EBADENGINE'));
  };

  test('prints warnings with an old Node, which the README explains next to the command', async () => {
    expect((await warningsOf('v20.20.2')).length).toBeGreaterThan(0);
    const [, explanation = ''] =
      /npm ci && npm start.*?```\n(.*?)\n#/s.exec(read('README.md')) ?? [];
    const [next] = explanation.trim().split('\n\n');
    expect(next).toContain('`EBADENGINE`');
  });

  test.each(['v22.22.0', process.version])('prints none with Node %s', async (version) => {
    expect(await warningsOf(version)).toEqual([]);
  });
});
